/** Settings of a unit of an HA pair. Each unit has its own: a commit at one does not change the other. */
import { parseDuration, shortDuration } from '../../values/nanos.ts';
import type { NodeName } from '../lab/endpoint.ts';
import { asUnit, type HaMember, type HaPair, type HaTimers, timersOf } from '../lab/ha-pair.ts';
import type { Lab } from '../lab/lab.ts';
import { FLAPS_MAX, GROUP_MAX, PRIORITY_MAX } from './limits.ts';
import { ON_OR_OFF, onOff, type Setting, wholeNumber } from './setting.ts';

/** Timers of a pair that are times, by their keys in a lab file. */
const DURATIONS = {
  hello: 'helloNs',
  heartbeat: 'heartbeatNs',
  'promotion-hold': 'promotionHoldNs',
  'ha1-monitor-hold': 'ha1MonitorHoldNs',
  'monitor-fail-hold-up': 'monitorFailHoldUpNs',
  'additional-master-hold-up': 'additionalMasterHoldUpNs',
  'monitor-fail-hold-down': 'monitorFailHoldDownNs',
  'preemption-hold': 'preemptionHoldNs',
} as const satisfies Record<string, keyof HaTimers>;

interface Unit {
  readonly pair: HaPair;
  readonly self: HaMember;
}

/** A firewall's place in its pair, with the pair as it is configured there; null for one that is in none. */
export function unitIn(lab: Lab, node: NodeName): Unit | null {
  for (const pair of lab.haPairs) {
    const self = pair.members.find((member) => member.node === node);
    if (self !== undefined) return { pair: asUnit(pair, self), self };
  }
  return null;
}

function withMember(lab: Lab, node: NodeName, change: (unit: Unit) => HaMember): Lab {
  const changed = (pair: HaPair, member: HaMember): HaMember =>
    member.node === node ? change({ pair: asUnit(pair, member), self: member }) : member;
  return {
    ...lab,
    haPairs: lab.haPairs.map((pair) => {
      const [first, second] = pair.members;
      return { ...pair, members: [changed(pair, first), changed(pair, second)] };
    }),
  };
}

function setting(
  values: Pick<Setting, 'expected' | 'normal'>,
  read: (unit: Unit) => string,
  write: (unit: Unit, text: string) => HaMember,
): Setting {
  return {
    ...values,
    isOptional: false,
    read: ({ lab }, node) => {
      const unit = unitIn(lab, node);
      return unit === null ? '' : read(unit);
    },
    write: (lab, node, text) => withMember(lab, node, (unit) => write(unit, text)),
    fault: (lab, node) => (unitIn(lab, node) === null ? `${node} is in no HA pair` : null),
  };
}

function timer(values: Pick<Setting, 'expected' | 'normal'>, key: keyof HaTimers, text: (value: number) => string): Setting {
  return setting(
    values,
    ({ pair }) => text(timersOf(pair)[key]),
    ({ pair, self }, value) => ({
      ...self,
      own: { ...self.own, timers: { ...pair.timers, [key]: parseDuration(value) ?? Number(value) } },
    }),
  );
}

function duration(key: keyof HaTimers): Setting {
  const normal = (text: string): string | null => {
    const ns = parseDuration(text);
    return ns === null ? null : shortDuration(ns);
  };
  return timer({ expected: 'a time such as 8s or 500ms', normal }, key, shortDuration);
}

/** By path. */
export const HA_SETTINGS: Readonly<Record<string, Setting>> = {
  'ha/group': setting(
    wholeNumber(1, GROUP_MAX),
    ({ pair }) => String(pair.group),
    ({ self }, text) => ({ ...self, own: { ...self.own, group: Number(text) } }),
  ),
  'ha/priority': setting(
    wholeNumber(0, PRIORITY_MAX),
    ({ self }) => String(self.priority),
    ({ self }, text) => ({ ...self, priority: Number(text) }),
  ),
  'ha/preemptive': setting(
    ON_OR_OFF,
    ({ self }) => onOff(self.preemptive === true),
    ({ self: { preemptive: _, ...self } }, text) => (text === 'on' ? { ...self, preemptive: true } : self),
  ),
  ...Object.fromEntries(Object.entries(DURATIONS).map(([key, field]) => [`ha/timers/${key}`, duration(field)])),
  'ha/timers/flap-max': timer(wholeNumber(0, FLAPS_MAX), 'flapMax', String),
};
