/** Plays ARP frames to a real Linux kernel (neighbours-child.ts) and answers what it then believes of their senders. */
import { askInNamespaces } from './in-namespaces.ts';
import type { NeighbourAnswer, NeighbourRequest } from './neighbours-child.ts';

const PATIENCE_MS = 60_000;

export function throughLinuxNeighbours(request: NeighbourRequest): Promise<NeighbourAnswer> {
  return askInNamespaces('neighbours-child.ts', request, PATIENCE_MS);
}
