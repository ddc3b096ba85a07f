/** Where virtual machines run: hypervisors and clouds. */

export const PLATFORMS = ['esxi', 'kvm', 'nsx', 'hyperv', 'aws', 'azure', 'gcp', 'oci'] as const;
export type Platform = (typeof PLATFORMS)[number];

const CLOUDS: readonly Platform[] = ['aws', 'azure', 'gcp', 'oci'];

/** Whether the fabric of the platform is a cloud's: nobody sees its hypervisors, and it knows addresses by its API (rules MAC-11, HA-22). */
export function isCloud(platform: Platform): boolean {
  return CLOUDS.includes(platform);
}
