/** Settings of a unit of an HA pair: its group, its part in elections, its timers. Links and monitors have files of their own. */
import { parseDuration, shortDuration } from '../../values/nanos.ts';
import { type HaTimers, timersOf } from '../lab/ha-pair.ts';
import { FLAPS_MAX, GROUP_MAX, PRIORITY_MAX } from './limits.ts';
import { ON_OR_OFF, onOff, type Setting, wholeNumber } from './setting.ts';
import { unitSetting } from './unit-setting.ts';

/** Timers of a pair that are times, by their keys in a lab file. */
const DURATIONS = {
  hello: 'helloNs',
  'initial-hold': 'initialHoldNs',
  heartbeat: 'heartbeatNs',
  'promotion-hold': 'promotionHoldNs',
  'ha1-monitor-hold': 'ha1MonitorHoldNs',
  'monitor-fail-hold-up': 'monitorFailHoldUpNs',
  'additional-master-hold-up': 'additionalMasterHoldUpNs',
  'monitor-fail-hold-down': 'monitorFailHoldDownNs',
  'preemption-hold': 'preemptionHoldNs',
} as const satisfies Record<string, keyof HaTimers>;

function timer(values: Pick<Setting, 'expected' | 'normal'>, key: keyof HaTimers, text: (value: number) => string): Setting {
  return unitSetting(
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
  'ha/enabled': unitSetting(
    ON_OR_OFF,
    ({ self }) => onOff(self.disabled !== true),
    ({ self: { disabled: _, ...self } }, text) => (text === 'on' ? self : { ...self, disabled: true }),
  ),
  'ha/group': unitSetting(
    wholeNumber(1, GROUP_MAX),
    ({ pair }) => String(pair.group),
    ({ self }, text) => ({ ...self, own: { ...self.own, group: Number(text) } }),
  ),
  'ha/priority': unitSetting(
    wholeNumber(0, PRIORITY_MAX),
    ({ self }) => String(self.priority),
    ({ self }, text) => ({ ...self, priority: Number(text) }),
  ),
  'ha/preemptive': unitSetting(
    ON_OR_OFF,
    ({ self }) => onOff(self.preemptive === true),
    ({ self: { preemptive: _, ...self } }, text) => (text === 'on' ? { ...self, preemptive: true } : self),
  ),
  ...Object.fromEntries(Object.entries(DURATIONS).map(([key, field]) => [`ha/timers/${key}`, duration(field)])),
  'ha/timers/flap-max': timer(wholeNumber(0, FLAPS_MAX), 'flapMax', String),
};
