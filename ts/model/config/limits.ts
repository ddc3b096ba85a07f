/** Which values settings may have: of a lab file, and of a firewall that is configured while it runs. */
import { shortDuration } from '../../values/nanos.ts';
import type { HaTimers } from '../lab/ha-pair.ts';

/** Rule JUM-01. */
export const MTU_MIN = 512;
export const MTU_MAX = 9216;
export const ADDRESSES_PER_INTERFACE_MAX = 16;
export const ROUTES_PER_NODE_MAX = 256;
/** Rule HA-20: group ids are 1 to this. */
export const GROUP_MAX = 63;
/** Rule HA-06. */
export const PRIORITY_MAX = 255;
/** Rule HA-15. */
export const FLAPS_MAX = 16;

/** Rules HA-09, HA-10. */
export const MONITOR_GROUPS_MAX = 16;
export const MONITORED_PER_GROUP_MAX = 16;

const TIMERS_MIN = [
  { key: 'hello', timer: 'helloNs', least: 8e9, rule: 'HA-04' },
  { key: 'heartbeat', timer: 'heartbeatNs', least: 1e6, rule: 'HA-05' },
] as const;

/** What is wrong with timers of a pair, by their keys in a lab file. */
export function timerFaults(timers: Pick<HaTimers, 'helloNs' | 'heartbeatNs'>): { key: string; message: string; rule: string }[] {
  return TIMERS_MIN.filter(({ timer, least }) => timers[timer] < least).map(({ key, least, rule }) => ({
    key,
    message: `a ${key} interval must be at least ${shortDuration(least)}`,
    rule,
  }));
}
