/**
 * MACs nobody gave: derived from (seed, node, interface) into the platform's own range, so that the same file has the
 * same MACs everywhere and adding a node changes no other's. The seed is the file's `mac-seed`, which keeps labs that share a
 * network apart; the name of the lab is no part of it, because a lab's name changes nothing.
 *
 * The number behind the prefix is FNV-1a (32 bits) over the UTF-8 bytes of `seed NUL node NUL interface`, folded into the
 * free bits; from a MAC that is taken it goes on to the next free one. Given MACs are taken first, then interfaces in the
 * lab's canonical order. Consequence: in a lab so large that hashes meet, the interface that comes first keeps its MAC.
 * Derived MACs are stored with the lab, so a recorded lab keeps those it has.
 */
import type { Platform } from '../../model/hardware/platforms.ts';
import { fnv1a } from '../../values/fnv1a.ts';
import { type Mac, macFromNumber, macToNumber } from '../../values/mac.ts';

interface Range {
  readonly prefix: string;
  /** How many bits behind the prefix are free; the bits between are zero. */
  readonly bits: number;
}

/**
 * esxi, nsx: the range of vCenter's own allocation, 00:50:56:80:00:00 to 00:50:56:bf:ff:ff (vSphere networking guide,
 * "VMware OUI allocation"). kvm: QEMU's 52:54:00. hyperv: Microsoft's dynamic pool 00:15:5d. azure: Microsoft's
 * 00:0d:3a. gcp: 42:01 and, in place of the internal address, ten-something. oci: 02:00:17. aws: interfaces have locally
 * administered addresses; the lab takes 0a:00. Physical devices: 02:00:00, locally administered, nobody's.
 */
const RANGES: Readonly<Record<Platform | 'physical', Range>> = {
  esxi: { prefix: '00:50:56:80:00:00', bits: 22 },
  nsx: { prefix: '00:50:56:80:00:00', bits: 22 },
  kvm: { prefix: '52:54:00:00:00:00', bits: 24 },
  hyperv: { prefix: '00:15:5d:00:00:00', bits: 24 },
  azure: { prefix: '00:0d:3a:00:00:00', bits: 24 },
  gcp: { prefix: '42:01:0a:00:00:00', bits: 24 },
  oci: { prefix: '02:00:17:00:00:00', bits: 24 },
  aws: { prefix: '0a:00:00:00:00:00', bits: 32 },
  physical: { prefix: '02:00:00:00:00:00', bits: 24 },
};

/** Where a file has no `mac-seed`. */
export const MAC_SEED_DEFAULT = 0;

/** A MAC for an interface, other than all `taken` ones; it is taken afterwards. */
export function deriveMac(seed: number, node: string, name: string, where: Platform | 'physical', taken: Set<Mac>): Mac {
  const { prefix, bits } = RANGES[where];
  const base = macToNumber(prefix as Mac);
  let number = fold(fnv1a(`${seed}\0${node}\0${name}`), bits);
  // Ends: every range has far more addresses than INTERFACES_MAX.
  while (taken.has(macFromNumber(base + number))) number = (number + 1) % 2 ** bits;
  const mac = macFromNumber(base + number);
  taken.add(mac);
  return mac;
}

/** XOR-folding, as the authors of FNV advise for fewer bits. */
function fold(hash: number, bits: number): number {
  return bits === 32 ? hash : ((hash >>> bits) ^ hash) & (2 ** bits - 1);
}
