/** What the forwarding benchmark forwards through, the same for every implementation. */
export type Shape = SwitchShape | NicShape | FirewallShape;

export interface SwitchShape {
  readonly kind: 'switch' | 'vswitch' | 'router' | 'router6';
  /** Of the device; a power of two, at most 64. */
  readonly ports: number;
  /** Addresses in use, a power of two, at most 65,536; a vSwitch has one per port. */
  readonly stations: number;
}

/** A NIC: its wire, its PF and its VFs, each VF in one port VLAN with one address, spoof check on. */
export interface NicShape {
  readonly kind: 'nic';
  /** Wire, PF, VFs. */
  readonly ports: number;
  /** VFs: a power of two, at most 64. */
  readonly stations: number;
  /** Of each VF. With one, nothing is hashed (rule RSS-01). */
  readonly queues: number;
  /** Half of all frames come from the wire, and a quarter goes to it; else all of them are from VF to VF. */
  readonly hasWire: boolean;
}

/** A firewall with a zone at each of two ports: clients behind the first, servers behind the second. */
export interface FirewallShape {
  readonly kind: 'firewall';
  readonly ports: 2;
  /** Clients and servers together. */
  readonly stations: 512;
  /** Sessions that its table holds. */
  readonly sessions: number;
  /** Each frame opens a session of its own, and older ones expire; else all frames are of established ones, drawn at random. */
  readonly opens: boolean;
}

export function firewallShape(sessions: number, { opens }: Pick<FirewallShape, 'opens'>): FirewallShape {
  return { kind: 'firewall', ports: 2, stations: 512, sessions, opens };
}

/** Ports of a NIC. The VFs follow. */
export const WIRE = 0;
export const PF = 1;
export const FIRST_VF = 2;

export function nicShape(vfs: number, { queues, hasWire }: Pick<NicShape, 'queues' | 'hasWire'>): NicShape {
  return { kind: 'nic', ports: FIRST_VF + vfs, stations: vfs, queues, hasWire };
}

/** Frames at hand for the benchmark of the hash, a power of two. */
export const HASHED = 64;
/** Microsoft's key, with which the vectors of rule RSS-01 are made. */
export const RSS_KEY = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa';
/** Entries of a VF's own redirection table (rule RSS-02). */
export const RSS_ENTRIES = 64;

/** An implementation under measurement: it polls ports in turn, and says what it has delivered since it was made. */
export interface Forwarder {
  polls(polls: number, burst: number): void;
  result(): Delivered;
}

export interface Delivered {
  readonly frames: number;
  /** Of every delivered frame's number, port and VLAN, in order. */
  readonly digest: number;
  readonly dropped: number;
}

/** VLAN of a switch's ports and of a NIC's VFs. */
export const ACCESS_VLAN = 10;
/** Address of station 0; the others follow. */
export const STATION_MAC = 0x0200_0000_0000;
/** A minimal frame without its check sequence. */
export const FRAME_BYTES = 60;
/** State of the tester's random numbers at the start (xorshift32). */
export const SEED = 0x9e3779b9;
