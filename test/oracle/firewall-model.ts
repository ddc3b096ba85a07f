/**
 * The words in which a firewall is described, driven and questioned: shared by the oracle (reference-firewall.ts) and the real data
 * plane (dataplane-firewall.ts). Time passes between two packets, so each has gone its way before the next one comes.
 */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import type { Sessions } from '../../ts/model/lab/sessions.ts';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import type { Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';

export interface FirewallInterface {
  readonly name: string;
  /** Of a subinterface: the interface whose cable and MAC it uses; its tag is `tag`. */
  readonly parent: string | null;
  readonly tag: number;
  readonly mode: 'layer3' | 'layer2' | 'virtual-wire' | 'tap';
  /** All of them are those of one cable: a subinterface has its parent's. */
  readonly mac: Mac;
  /** In a network of 24 bits. */
  readonly ip: Ipv4 | null;
  readonly mtu: number;
  /** The VLAN object or virtual wire that joins it with others. */
  readonly bridge: string | null;
  /** An aggregate: ports whose cables it uses, in order. It has none of its own. */
  readonly members?: readonly string[];
}

export interface FirewallDescription {
  readonly interfaces: readonly FirewallInterface[];
  /** What a virtual wire lets pass, from first to last; 0 stands for no tag. */
  readonly wireTags: readonly (readonly [number, number])[];
  /** A unit of a pair: passive until it is told otherwise. */
  readonly isMember: boolean;
  readonly route: { readonly network: string; readonly via: Ipv4 };
  readonly sessions: Sessions | null;
  readonly neighbours: readonly { readonly at: string; readonly ip: Ipv4; readonly mac: Mac }[];
}

/** A frame that a cable brings, without its tag in the bytes. */
export interface ArrivingFrame {
  readonly port: string;
  readonly tag: VlanTag | null;
  readonly bytes: Uint8Array;
}

export type FirewallChange =
  | { readonly what: 'carrier'; readonly port: string; readonly up: boolean }
  | { readonly what: 'power'; readonly on: boolean }
  | { readonly what: 'role'; readonly active: boolean }
  /** Whether what a member receives is its aggregate's, and whether that sends by it. All do from the start. */
  | { readonly what: 'member'; readonly port: string; readonly collects: boolean; readonly distributes: boolean }
  | { readonly what: 'clear sessions' };

/** A frame that leaves, by a cable: its tag, and its bytes without. */
export interface LeavingFrame {
  readonly port: string;
  readonly tag: VlanTag | null;
  readonly bytes: Uint8Array;
}

export interface Fate {
  readonly sent: readonly LeavingFrame[];
  readonly dropped: readonly DropReason[];
  /** An agent takes it: ARP, an echo for the firewall. */
  readonly isPunted: boolean;
}

/** What a session is, in words: "tcp 10.0.1.11:1000 > 10.0.2.12:80 established". */
export type SessionText = string;

export interface DrivenFirewall {
  receive(atNs: number, frame: ArrivingFrame): Fate;
  apply(atNs: number, change: FirewallChange): void;
  /** Those whose time is not over. */
  sessions(atNs: number): readonly SessionText[];
}

/** Ports with a cable. */
export function cablesOf({ interfaces }: FirewallDescription): readonly string[] {
  return interfaces.filter(({ parent }) => parent === null).flatMap(({ name, members }) => members ?? [name]);
}

/** The port by which an interface sends and receives: its own, or its parent's. */
export function cableOf({ name, parent }: FirewallInterface): string {
  return parent ?? name;
}
