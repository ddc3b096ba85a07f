/** Which ARP a node speaks: its profile, and what a host's settings add. */
import { nodeNamed } from '../../../model/lab/lab-index.ts';
import type { ArpProfile, Host } from '../../../model/lab/nodes.ts';
import type { Turn } from '../../turn/turn.ts';

export function profileOf(turn: Turn, name: string): ArpProfile | null {
  const node = nodeNamed(turn.index, name);
  return node !== undefined && 'arpProfile' in node ? node.arpProfile : null;
}

/** The node of that name if it is a host: only hosts have `ignore-gratuitous` and `accept-unsolicited`. */
export function hostNamed(turn: Turn, name: string): Host | null {
  const node = nodeNamed(turn.index, name);
  return node?.kind === 'host' ? node : null;
}
