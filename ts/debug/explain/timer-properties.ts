/** Which timers of the file decide how long a takeover takes: those that a pair has longer than recommended (rules HA-07, HA-08). */
import type { LabEvent } from '../../model/events/events.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { HA_TIMERS } from '../../topology/resolve/ha-timers.ts';
import { formatSeconds } from '../../values/nanos.ts';
import type { Property } from './property.ts';

const { recommended: RECOMMENDED } = HA_TIMERS;
type Timer = 'heartbeatNs' | 'promotionHoldNs';

const NAMES: Readonly<Record<Timer, string>> = { heartbeatNs: 'heartbeat', promotionHoldNs: 'promotion-hold' };

/** Timers that had to run before an event: detection waits for heartbeats, a unit holds before it becomes active. */
export function timersBehind(lab: Lab, event: LabEvent): readonly Property[] {
  if (event.type === 'HaPeerLost' && event.data.by === 'heartbeat') return timerOf(lab, event.data.node, 'heartbeatNs');
  if (event.type === 'HaStateChanged' && event.data.to === 'active') return timerOf(lab, event.data.node, 'promotionHoldNs');
  return [];
}

function timerOf(lab: Lab, node: string, timer: Timer): Property[] {
  const pair = lab.haPairs.find(({ members }) => members.some((member) => member.node === node));
  const value = pair?.timers[timer] ?? 0;
  if (pair === undefined || value <= RECOMMENDED[timer]) return [];
  const changed = (one: HaPair): HaPair =>
    one === pair ? { ...one, timers: { ...one.timers, [timer]: RECOMMENDED[timer] } } : one;
  return [
    {
      path: `ha.${pair.name}.timers.${NAMES[timer]}`,
      value: secondsText(value),
      other: secondsText(RECOMMENDED[timer]),
      lab: { ...lab, haPairs: lab.haPairs.map(changed) },
    },
  ];
}

/** 20500000000 as "20.5 s". */
function secondsText(ns: number): string {
  return `${formatSeconds(ns).replace(/\.?0+$/, '')} s`;
}
