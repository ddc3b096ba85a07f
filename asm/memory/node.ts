/**
 * Nodes handle the frames that lines bring. Plain structs in the region.
 *
 * Each node counts its own frames, so that at every instant, per node:
 *   received + born + copied = sent + delivered + consumed + dropped + waiting
 */
import { NODE_BYTES, NODES_AT } from './region';

@unmanaged
export class Node {
  kind: u32;
  flags: u32;
  /** 1 while the node runs. */
  power: u32;
  /** 1 while its HA state forwards; only with NODE_HA_MEMBER. */
  haActive: u32;
  powerCause: u32;
  haCause: u32;
  firstPort: u32;
  portCount: u32;

  fdbAt: u32;
  fdbSlots: u32;
  fdbCount: u32;
  fdbLimit: u32;
  ageingNs: u64;
  /** No entry can expire before this; a full table is swept again only then. */
  nextSweepNs: u64;

  routesAt: u32;
  routeCount: u32;
  routeMax: u32;
  neighboursAt: u32;
  neighbourSlots: u32;
  neighbourCount: u32;
  /** How long a neighbour entry is trusted; u64.MAX_VALUE for ever. */
  reachableNs: u64;
  /** Ports that may get promiscuous copies: 0 spares the scan. */
  listeners: u32;
  /** Frames waiting: for a neighbour, for their time, in rings and blocks, in the hands of a core. */
  waiting: u32;
  /** Static entries that hold in every VLAN: 0 spares a second look into the table. */
  trunkGuests: u32;
  /** Block of a NIC (nic.ts). */
  elementAt: u32;
  /** Cores and rings (io.ts); 0 for a node that takes no time. */
  ioAt: u32;
  /** First port of a vSwitch that is an active uplink; NONE without one. */
  activeUplink: u32;

  received: u64;
  sent: u64;
  born: u64;
  copied: u64;
  delivered: u64;
  consumed: u64;
  dropped: u64;
  /** Addresses that moved to another port. */
  moved: u64;
  /** Forwards: until when the ICMP errors that it sent use its limit up (icmp-error.ts). */
  errorsNs: u64;
  /** Learning switch: when the window of flooded frames began, and how many there were since (storm.ts). */
  stormSinceNs: u64;
  stormFrames: u32;
  /** Unit of a pair: the event that opened or closed it for frames. `haCause` is that of its state, which may change without that. */
  gateCause: u32;
  /** 1 once its table threw aged addresses out to make room: it knows no more that it knew them. */
  swept: u32;
  /**
   * Of those whose addresses fill its table: the latest event that happened. Looked for when an address finds no place; 0 from when room
   * was made until the next one finds none.
   */
  crowdedSince: u32;
  /** Session table (asm/session/); 0 for none. */
  sessionsAt: u32;
  /** The commit that last changed its addresses or routes; the lab's definition until there is one. */
  routeCause: u32;
  /** The later of the two: frames that it forwards exist for that event, too. */
  forwardsSince: u32;
  /** Routes for IPv6 (decide/routes6.ts); 0 for a node without IPv6. */
  routes6At: u32;
  route6Count: u32;
  route6Max: u32;
  /** The event that last changed them. */
  route6Cause: u32;
}
if (offsetof<Node>() > <usize>NODE_BYTES) ERROR('Node does not fit its slot');

export function nodeAt(index: u32): Node {
  return changetype<Node>(NODES_AT + <usize>(index * NODE_BYTES));
}
