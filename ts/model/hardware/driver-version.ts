/**
 * Versions of drivers, and whether a host's PF driver and a guest's go together (rules DRV-02, DRV-03): the host's must be strictly later
 * than the guest's own *PF* driver, not its VF driver, of the mode in use.
 */

export type DriverVerdict = 'compatible' | 'not-later' | 'unverifiable';

/** What a driver that comes with its kernel, and has no version of its own, is said to be. */
export const IN_KERNEL = 'in-kernel';

/** Numbers between dots, at most nine digits each, so that they are exact. */
const DOTTED_NUMBERS = /^\d{1,9}(\.\d{1,9})*$/;

/** The numbers of a version, without what follows a dash; null for one that is not dotted numbers. */
export function versionParts(version: string): readonly number[] | null {
  const [numbers = ''] = version.split('-');
  return DOTTED_NUMBERS.test(numbers) ? numbers.split('.').map(Number) : null;
}

/** Rule DRV-03: below, equal to or above zero, as `a` is earlier than, equal to or later than `b`; missing parts are zero. */
export function compareParts(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether one version is known to be earlier than another; a version that is not dotted numbers is not. */
export function isEarlier(version: string, than: string): boolean {
  const [own, other] = [versionParts(version), versionParts(than)];
  return own !== null && other !== null && compareParts(own, other) < 0;
}

/** Rule DRV-02. */
export function driverVerdict(hostPf: string, guestNativePf: string): DriverVerdict {
  const [host, guest] = [versionParts(hostPf), versionParts(guestNativePf)];
  if (host === null || guest === null) return 'unverifiable';
  return compareParts(host, guest) > 0 ? 'compatible' : 'not-later';
}
