/** Speed of the wire of an SR-IOV NIC, as a lab cables it. */

import { speedsMbps, WIRE } from '../hardware/nic.ts';
import type { Lab } from './lab.ts';
import type { Nic } from './nodes.ts';

/**
 * Speed of a NIC's wire in Mbit/s: what the host set (0: nothing), else the rate of the cable; the NIC's highest where there is none,
 * or an unlimited one.
 */
export function linkMbps({ links }: Lab, { name, model }: Nic, speedMbps: number): number {
  if (speedMbps !== 0) return speedMbps;
  const wire = `${name}:${WIRE}`;
  const rateBps = links.find(({ a, b }) => a === wire || b === wire)?.rateBps ?? 0;
  return rateBps === 0 ? (speedsMbps(model).at(-1) ?? 0) : rateBps / 1e6;
}
