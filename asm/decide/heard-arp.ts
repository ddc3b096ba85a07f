/**
 * Which ARP frames for a group an end host's agent is handed. Each of a thousand hosts hears what all the others ask; its agent does nothing
 * with nearly all of it (ARP-03: it merges what it knows, and who asks for it). What it would ignore ends here.
 *
 * Decision someone may dispute: a host that ever lost an entry hears everything from then on. The agent remembers neighbours that failed, which
 * an announcement revives (Linux: NUD_FAILED), and the data plane does not.
 */

import { ARP_FRAME_BYTES, ARP_SENDER_IP, ARP_TARGET_IP } from '../frame/arp';
import { Buffer, bytesOf } from '../frame/buffer';
import { isForGroup } from '../frame/ethernet';
import * as A from '../memory/arp-layout';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { Port, portAt } from '../memory/port';
import { isNeighbour } from './neighbour-table';
import { findRoute, Route, VIA_LOCAL } from './routes';

/** Firewalls and routers hear everything: they answer for pools of NAT, too, and are units of pairs. */
const HEARS_ALL: u32 = L.NODE_PASSES_ON | L.NODE_HA_MEMBER | A.NODE_HEARS_ARP;

/** Whether an ARP frame is for the agent of a node: one for this station, or one about an address that the agent has to do with. */
export function concernsAgent(node: Node, port: Port, index: u32, buffer: Buffer): bool {
  const bytes = bytesOf(buffer);
  if ((node.flags & HEARS_ALL) !== 0 || !isForGroup(bytes) || buffer.length < ARP_FRAME_BYTES) return true;
  const sender = bswap<u32>(load<u32>(bytes + ARP_SENDER_IP));
  const target = bswap<u32>(load<u32>(bytes + ARP_TARGET_IP));
  if (isOwn(node, target) || isOwn(node, sender)) return true;
  const claimed = port.arpCount;
  if (claimed !== 0 && (sender === claimed || target === claimed)) return true;
  return isNeighbour(node, index, sender);
}

function isOwn(node: Node, ip: u32): bool {
  const route = findRoute(node, ip);
  return route !== null && (<Route>route).via === VIA_LOCAL;
}

/** A client is about to take an address at a port: its agent hears of whoever has it or wants it. 0: no longer. */
export function hearClaims(index: u32, ip: u32): void {
  const port = portAt(index);
  if (nodeAt(port.node).kind === <u32>L.NODE_LAYER3) port.arpCount = ip;
}
