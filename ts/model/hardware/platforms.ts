/** Where virtual machines run: hypervisors and clouds. */

export const PLATFORMS = ['esxi', 'kvm', 'nsx', 'hyperv', 'aws', 'azure', 'gcp', 'oci'] as const;
export type Platform = (typeof PLATFORMS)[number];
