/** Ports: one per interface of the lab, with its addresses, policy, counters, and the event behind each of them. */
import { GROUPS_MAX } from './layout';
import { header, PORT_BYTES } from './region';

@unmanaged
export class Port {
  // The fields that most frames need are in the first two cache lines of 64 bytes.
  node: u32;
  /** Line that frames sent here take; NONE without a cable. */
  line: u32;
  flags: u32;
  vlan: u32;
  /** Largest layer-3 packet, and largest frame without tag and check sequence. */
  mtu: u32;
  frameMax: u32;
  /** The event that set both. */
  mtuCause: u32;
  /** The event that stunned its guest last, or let it go on (rule PCI-03). */
  stunCause: u32;
  /** Switch port: addresses of the vNIC behind it. Elsewhere: the interface's own. 48-bit numbers. */
  initialMac: u64;
  effectiveMac: u64;
  /** Address the interface puts into its layer-3 frames. */
  usedMac: u64;
  /** Addresses learned behind the port, and how many there may be; 0 is no limit on a physical switch. */
  learnCount: u32;
  learnLimit: u32;
  /** Physical switch: ARP packets per second the port may send (0: any), and those of the current second (below). */
  arpLimit: u32;
  /** Pool of a function of a NIC (nic.ts); 0 for its wire and everywhere else. */
  poolAt: u32;

  rxFrames: u64;
  rxBytes: u64;
  txFrames: u64;
  txBytes: u64;
  /** Receive rings and sockets (io.ts), and what sending takes (tx.ts); 0 for none. */
  ioAt: u32;
  txAt: u32;
  /** First member of the bond the port is in, plus 1; 0 for none (bond.ts). */
  bond: u32;
  groupCount: u32;
  /** Virtual wire: the interface at its other end, and the tags it passes. DPDK port: `tagsAt` is its further addresses (port-addresses.ts). */
  across: u32;
  tagsAt: u32;
  /** Layer-2 interface: number of its VLAN object, from 1. */
  vlanObject: u32;
  /** Subinterface: the interface its frames come and go by, plus 1 (subinterface.ts); 0 elsewhere. */
  parent: u32;
  /** Positions of the events that set carrier, policy, addresses, guest request. */
  linkCause: u32;
  policyCause: u32;
  macCause: u32;
  guestCause: u32;

  drops: u64;
  arpSecond: u64;
  /** Physical switch: see `arpLimit`. End host: the address that its DHCP client is about to take (decide/heard-arp.ts); 0 for none. */
  arpCount: u32;
  /** Event that switched ARP inspection of the switch on or off. */
  inspectionCause: u32;
  /**
   * The latest drop of a frame that was born here and is of no flow: where, why, when, and the event of its run, or the frame's own where
   * that happened and the run's did not. 0: none.
   */
  lostPort: u32;
  lostReason: u16;
  lostCopyReason: u16;
  lostCause: u32;
  /** Event that gave or took trust (ARP inspection); with PPPoE, the one that ended a session last. */
  trustCause: u32;
  lostNs: u64;
  /** The same of a frame for a group: of its copies, others may have arrived. */
  lostCopyNs: u64;
  lostCopyPort: u32;
  lostCopyCause: u32;
  /** The event since which nobody asks the host for answers any more; 0 for none (decide/silence.ts). */
  unaskedSince: u32;
  /** The event that gave it its effective MAC: `macCause` may be a later one, of another of its addresses. */
  effectiveCause: u32;
  /** What `usedMac` was before the event at `macCause`. */
  formerMac: u64;
  /** Positions of the events that changed one setting of its policy: promiscuous reception, forged transmits. */
  promiscuousCause: u32;
  forgedCause: u32;
  /** Member of an aggregate: the aggregate, plus 1. Aggregate: its first member, plus 1; member: the next, plus 1; 0 behind the last. */
  aggregate: u32;
  nextMember: u32;
  /** Event that let a member collect and distribute, or not. */
  memberCause: u32;
  /** Interface with subinterfaces: which of them has which tag (subinterface.ts); 0 for none. */
  subinterfacesAt: u32;
  /** First of GROUPS_MAX multicast addresses. */
  groups: u64;
}
// `groups` is the last field: the other addresses follow it.
if (offsetof<Port>() !== offsetof<Port>('groups') + 8 || offsetof<Port>('groups') + GROUPS_MAX * 8 > PORT_BYTES)
  ERROR('Port does not fit its slot');

export function portAt(index: u32): Port {
  return changetype<Port>(<usize>(header().ports + index * PORT_BYTES));
}

/** Whether the guest behind a port joined a multicast group (rule VSW-08). */
export function joined(port: Port, group: u64): bool {
  const at = changetype<usize>(port) + offsetof<Port>('groups');
  for (let i: u32 = 0; i < port.groupCount; i++) {
    if (load<u64>(at + i * 8) === group) return true;
  }
  return false;
}

/** Leaves all groups. */
export function leaveAll(port: Port): void {
  port.groupCount = 0;
  memory.fill(changetype<usize>(port) + offsetof<Port>('groups'), 0, GROUPS_MAX * 8);
}

/** Joins a group; false when the port has joined GROUPS_MAX already. */
export function join(port: Port, group: u64): bool {
  if (joined(port, group)) return true;
  if (port.groupCount >= <u32>GROUPS_MAX) return false;
  store<u64>(changetype<usize>(port) + offsetof<Port>('groups') + port.groupCount * 8, group);
  port.groupCount++;
  return true;
}
