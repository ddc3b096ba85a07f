/**
 * The words in which a layer-2 switch is described, driven and questioned: shared by the oracle (reference.ts) and the real
 * data plane (dataplane-switch.ts), so that one script runs on both and their answers can be compared.
 */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import type { MacLearning, VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';

export type PortName = string;

// ── What a switch is ────────────────────────────────────────────────────────────────────────────────────────────────

/** A port of a vSwitch with the vNIC behind it. */
export interface GuestPort {
  readonly name: PortName;
  /** 0 untagged, 1 to 4094 tagged by the switch, 4095 a trunk to the guest. */
  readonly vlan: number;
  /** What the host gave the vNIC; its effective MAC starts equal. */
  readonly mac: Mac;
  readonly policy: VSwitchPolicy;
  /** Whether the switch's MAC learning covers this port. */
  readonly learns: boolean;
}

export interface VSwitchDescription {
  readonly kind: 'vswitch';
  readonly guests: readonly GuestPort[];
  /** The first is active to begin with; with a policy all are used. */
  readonly uplinks: readonly PortName[];
  readonly learning: MacLearning | null;
  readonly reversePathCheckPromisc: boolean;
  /** How a frame's uplink is chosen among all that work; null: all leave by the active one. */
  readonly teaming: 'port-id' | 'source-mac' | 'ip-hash' | null;
}

/** A port of a learning switch: VLAN 0 and 4095 pass tags through, any other is an access port of its VLAN. */
export interface SwitchPort {
  readonly name: PortName;
  readonly vlan: number;
  /** Bond of a bridge's port (rule HST-02). */
  readonly bond?: string;
}

export interface LearningSwitchDescription {
  readonly kind: 'switch' | 'bridge';
  readonly ports: readonly SwitchPort[];
  readonly ageingNs: number;
  readonly tableSize: number;
}

export type SwitchDescription = VSwitchDescription | LearningSwitchDescription;

/** All ports, in the order in which copies of a frame are sent. */
export function portNames(description: SwitchDescription): readonly PortName[] {
  const ports = description.kind === 'vswitch' ? description.guests : description.ports;
  const uplinks = description.kind === 'vswitch' ? description.uplinks : [];
  return [...ports.map(({ name }) => name), ...uplinks];
}

export const TRUNK = 4095;

// ── What happens to it ──────────────────────────────────────────────────────────────────────────────────────────────

export interface Frame {
  readonly dst: Mac;
  readonly src: Mac;
  readonly tag: VlanTag | null;
  /** Of a frame for a team: what lies where a packet has the last octets of its addresses, source and destination. */
  readonly octets?: readonly [number, number];
}

export type Change =
  | { readonly what: 'carrier'; readonly port: PortName; readonly up: boolean }
  | { readonly what: 'policy'; readonly port: PortName; readonly policy: VSwitchPolicy }
  /** The guest sets its effective MAC. */
  | { readonly what: 'guest MAC'; readonly port: PortName; readonly mac: Mac }
  /** The host gives the vNIC another MAC, initial and effective. */
  | { readonly what: 'host MAC'; readonly port: PortName; readonly mac: Mac }
  | { readonly what: 'blocked'; readonly port: PortName; readonly blocked: boolean }
  | { readonly what: 'guest asks for promiscuous'; readonly port: PortName; readonly requested: boolean }
  | { readonly what: 'join'; readonly port: PortName; readonly group: Mac }
  | { readonly what: 'active uplink'; readonly port: PortName }
  /** One uplink of a team works, or does not. */
  | { readonly what: 'uplink in use'; readonly port: PortName; readonly used: boolean }
  /** A learning switch loses power or gets it back. */
  | { readonly what: 'power'; readonly on: boolean };

// ── What it answers ─────────────────────────────────────────────────────────────────────────────────────────────────

/** What became of one frame. Ports come in the order of `portNames`. */
export interface Verdict {
  readonly delivered: readonly { readonly port: PortName; readonly tag: VlanTag | null }[];
  /** Ports that should have got it and did not. */
  readonly refused: readonly { readonly port: PortName; readonly reason: DropReason }[];
  /** Why the frame died where it came in; null when it had a recipient, served or refused. */
  readonly dropped: DropReason | null;
}

export interface TableRow {
  readonly vlan: number;
  readonly mac: Mac;
  readonly port: PortName;
  /** Other ports have the same address. */
  readonly isShared: boolean;
  /** When it was heard last; null for an address the host gave out. */
  readonly seenNs: number | null;
}

export interface PortCounters {
  readonly port: PortName;
  readonly received: number;
  readonly sent: number;
  readonly dropped: number;
}

/** How often a learned address turned up at another port, and the last time from where to where. */
export interface Moves {
  readonly vlan: number;
  readonly mac: Mac;
  readonly times: number;
  readonly from: PortName;
  readonly to: PortName;
}

export interface Counters {
  readonly ports: readonly PortCounters[];
  /** Of all addresses. */
  readonly moved: number;
  /** By address, in no particular order. */
  readonly moves: readonly Moves[];
}

export interface DrivenSwitch {
  apply(change: Change): void;
  /** One frame reaches a port by its cable. Time never goes back. */
  receive(atNs: number, port: PortName, frame: Frame): Verdict;
  /** Entries that are alive at a time, in no particular order. */
  table(atNs: number): readonly TableRow[];
  counters(): Counters;
}
