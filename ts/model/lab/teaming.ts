/** Teams of uplinks (rule VSW-16): how a vSwitch chooses an uplink, and how it knows that one works. For frames asm/decide/team.ts does it. */
import type { Mac } from '../../values/mac.ts';

/** Explicit failover order, and the policies that use all uplinks at once. */
export const TEAMINGS = ['failover-order', 'port-id', 'source-mac', 'ip-hash'] as const;
/** Of a team that uses its uplinks at once. */
export type Teaming = Exclude<(typeof TEAMINGS)[number], 'failover-order'>;

/** How a vSwitch knows that an uplink works: by its carrier alone, or by beacons of the other uplinks, too. */
export const DETECTIONS = ['link', 'beacon'] as const;

/** So many uplinks it takes to tell by beacons which of them failed. */
export const BEACON_UPLINKS_MIN = 3;

/**
 * The uplink of a hash: the one of that number, in the order of names, or one of those that are used where that one is not.
 * @returns '' when none is used.
 */
export function chosenUplink(uplinks: readonly string[], hash: number, isUsed: (uplink: string) => boolean): string {
  const all = [...uplinks].sort();
  const own = all[hash % all.length] ?? '';
  if (own === '' || isUsed(own)) return own;
  const used = all.filter(isUsed);
  return used[hash % used.length] ?? '';
}

/** What the uplink of a guest's port follows from. @param number of the port among all of its switch, from 0. */
export function hashOfPort(teaming: Exclude<Teaming, 'ip-hash'>, number: number, mac: Mac): number {
  return teaming === 'port-id' ? number : Number.parseInt(mac.slice(-2), 16);
}

/** Whether a vSwitch keeps what its uplinks are one by one: it uses several, or sends beacons. */
export function hasTeam({ teaming, probesBeacons }: { readonly teaming?: Teaming; readonly probesBeacons?: true }): boolean {
  return teaming !== undefined || probesBeacons === true;
}
