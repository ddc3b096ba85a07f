/** Timers of HA pairs: a profile, or single timers over the recommended ones (rules HA-01 to HA-15). */
import { timerFaults } from '../../model/config/limits.ts';
import { HA_TIMER_DEFAULTS, type HaTimers } from '../../model/lab/ha-pair.ts';
import { nanos } from '../../values/nanos.ts';
import { type Draft, durationOf } from '../draft/draft.ts';
import type { RawHaPair, RawTimers } from '../draft/raw.ts';
import type { Path } from '../draft/source-document.ts';

/** Vector ha-timeline.json#timers_ms; initial hold by rule HA-01. */
export const HA_TIMERS = {
  recommended: timers(8000, 2000, 2000),
  aggressive: timers(8000, 1000, 500),
} as const;

function timers(helloMs: number, heartbeatMs: number, promotionHoldMs: number): HaTimers {
  return {
    helloNs: nanos(helloMs * 1e6),
    heartbeatNs: nanos(heartbeatMs * 1e6),
    promotionHoldNs: nanos(promotionHoldMs * 1e6),
    initialHoldNs: nanos(60e9),
  };
}

export function resolveTimers(draft: Draft, raw: RawHaPair['timers'], path: Path): HaTimers {
  if (raw === undefined) return HA_TIMERS.recommended;
  if (typeof raw === 'string') return HA_TIMERS[raw];
  const usual = HA_TIMERS.recommended;
  const result = {
    helloNs: durationOf(raw.hello, usual.helloNs),
    heartbeatNs: durationOf(raw.heartbeat, usual.heartbeatNs),
    promotionHoldNs: durationOf(raw['promotion-hold'], usual.promotionHoldNs),
    initialHoldNs: durationOf(raw['initial-hold'], usual.initialHoldNs),
  };
  for (const { key, message, rule } of timerFaults(result)) draft.error([...path, key], message, { rule });
  return { ...result, ...changed(raw) };
}

/** Timers that the lab leaves out where they have the value they have anyway, by their keys in the file. */
const OTHERS = {
  'ha1-monitor-hold': 'ha1MonitorHoldNs',
  'monitor-fail-hold-up': 'monitorFailHoldUpNs',
  'additional-master-hold-up': 'additionalMasterHoldUpNs',
  'monitor-fail-hold-down': 'monitorFailHoldDownNs',
  'preemption-hold': 'preemptionHoldNs',
} as const;

function changed(raw: RawTimers): Partial<HaTimers> {
  const result: { -readonly [K in keyof HaTimers]?: HaTimers[K] } = {};
  for (const [key, timer] of Object.entries(OTHERS) as [keyof typeof OTHERS, (typeof OTHERS)[keyof typeof OTHERS]][]) {
    const value = durationOf(raw[key], HA_TIMER_DEFAULTS[timer]);
    if (value !== HA_TIMER_DEFAULTS[timer]) result[timer] = value;
  }
  const flapMax = raw['flap-max'] ?? HA_TIMER_DEFAULTS.flapMax;
  return flapMax === HA_TIMER_DEFAULTS.flapMax ? result : { ...result, flapMax };
}
