/**
 * A resolved lab: what a topology file means once every default, group, derived MAC and reference is worked out.
 *
 * Plain JSON data in one canonical order (nodes by name, interfaces by node and name, links as written), because its
 * canonical JSON is the first event of every lab. Nothing past ts/model/topology/ sees the file's own shape.
 */

import type { Ipv4, Ipv4Prefix } from '../../values/ipv4-address.ts';
import type { Mac } from '../../values/mac.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { Cores, Datapath } from '../hardware/cores.ts';
import type { NativeDrivers } from '../hardware/driver-matrix.ts';
import type { NicModel, VfConfig } from '../hardware/nic.ts';
import type { HaMode, PacketIoMode } from '../hardware/packet-io.ts';
import type { VirtualNic } from './guest-driver.ts';

export type NodeName = string;
/** "node:interface". Node and interface names hold no colon. */
export type Endpoint = string;

export type Platform = 'esxi' | 'kvm' | 'nsx' | 'hyperv' | 'aws' | 'azure' | 'gcp' | 'oci';

export interface Lab {
  /** Version of this shape; a reader refuses one it does not know. */
  readonly schema: 1;
  readonly nodes: readonly LabNode[];
  readonly interfaces: readonly LabInterface[];
  readonly links: readonly LabLink[];
  readonly haPairs: readonly HaPair[];
  readonly flows: readonly Flow[];
}

export type LabNode = Hypervisor | VSwitch | Switch | Nic | Firewall | Host | Router;
export type NodeKind = LabNode['kind'];

interface NodeBase {
  readonly name: NodeName;
}

/** A host of virtual machines: it owns vSwitches and hands MACs to vNICs. It has no interfaces of its own. */
export interface Hypervisor extends NodeBase {
  readonly kind: 'hypervisor';
  readonly platform: Platform;
}

/** What a vSwitch lets a guest do (rules VSW-06, VSW-09, VSW-11). True means accept. */
export interface VSwitchPolicy {
  readonly promiscuous: boolean;
  readonly macChanges: boolean;
  readonly forgedTransmits: boolean;
}

/** MAC learning of a port group (rules LRN-01 to LRN-03); null where the switch does not learn. */
export interface MacLearning {
  readonly flood: boolean;
  readonly limit: number;
  readonly limitPolicy: 'allow' | 'drop';
  readonly ageingNs: Nanos;
}

/** A hypervisor's switch: knows vNIC addresses from the host, never from traffic (rule VSW-01). */
export interface VSwitch extends NodeBase {
  readonly kind: 'vswitch';
  readonly on: NodeName;
  /** The switch's own policy; ports may override it (LabInterface.policy). */
  readonly policy: VSwitchPolicy;
  readonly learning: MacLearning | null;
  /** Interfaces of this switch that lead to the physical network; the first is active, the rest stand by. */
  readonly uplinks: readonly string[];
  /** Rule VSW-16. */
  readonly reversePathCheckPromisc: boolean;
  /** What its forwarding costs; absent where it costs nothing. */
  readonly host?: HostSwitching;
}

/** A switch that a host's processor is. */
export interface HostSwitching {
  readonly datapath: Datapath;
  readonly cores: Cores;
}

/** A learning switch: a physical one ("switch") or a Linux or OVS bridge ("bridge"). Rule HST-01. */
export interface Switch extends NodeBase {
  readonly kind: 'switch' | 'bridge';
  readonly ageingNs: Nanos;
  readonly tableSize: number;
  /** A bridge whose forwarding costs something. */
  readonly host?: HostSwitching;
  /** Releases of Open vSwitch and its DPDK (rule HST-08); absent where the file does not say. */
  readonly ovs?: string;
  readonly dpdk?: string;
  /** ARP inspection (rule DAI-01) and its static bindings; absent where the switch does not inspect. */
  readonly arpInspection?: { readonly bindings: readonly { readonly ip: Ipv4; readonly mac: Mac }[] };
}

/** An SR-IOV NIC: interfaces `wire`, `pf`, `vf0` and on. Rules VF-01 to VF-16. */
export interface Nic extends NodeBase {
  readonly kind: 'nic';
  readonly on: NodeName;
  readonly model: NicModel;
  /** Rules VF-05, VF-06: whether functions reach each other inside the NIC. */
  readonly bridgeMode: 'veb' | 'vepa';
  /** Rule VF-02: what no pool wants goes to the PF. */
  readonly defaultPool: boolean;
  /** 1 to 8; bounds the number of VFs on 10G (rule VF-01). */
  readonly trafficClasses: number;
  readonly pfPromiscuous: boolean;
  /** VLANs the PF uses itself, besides untagged frames. */
  readonly pfVlans: readonly number[];
  /** Version of the host's PF driver (rule DRV-02); absent where it is the kernel's own. */
  readonly driverVersion?: string;
  /** Memory node it is plugged into (rule HST-03); absent where it is 0. */
  readonly memoryNode?: number;
  /** VFs there are at first, vf0 and on, where the NIC has interfaces for more (rule VF-01). */
  readonly enabledVfs?: number;
}

/** What a port of a physical switch allows. */
export interface PortSecurity {
  /** ARP is not inspected here. */
  readonly trusted: boolean;
  /** 0 is no limit. */
  readonly arpPerSecond: number;
  readonly macLimit: number;
  readonly onViolation: 'drop' | 'shutdown';
}

/** What a line does to the frames of one direction, beyond its rate and latency. */
export interface Impairment {
  /** Added to the link's latency. */
  readonly delayNs: Nanos;
  /** Each frame is late by a random time up to this; frames stay in order. */
  readonly jitterNs: Nanos;
  /** Chances in parts per million. */
  readonly lossPpm: number;
  readonly corruptionPpm: number;
  /** Instead of the link's own rate; 0 leaves it. */
  readonly rateBps: number;
}

export const UNIMPAIRED: Impairment = { delayNs: 0 as Nanos, jitterNs: 0 as Nanos, lossPpm: 0, corruptionPpm: 0, rateBps: 0 };

export interface Route {
  readonly network: Ipv4Prefix;
  readonly via: Ipv4;
}

/** How long a neighbour entry is trusted (semantics ARP profiles). */
export type ArpProfile = 'vm-host' | 'firewall' | 'static';

export interface Firewall extends NodeBase {
  readonly kind: 'firewall';
  /** The hypervisor it runs on. */
  readonly on: NodeName;
  /** Rule MAC-01: the option as it is in force, platform rules (MAC-11) applied. */
  readonly useHypervisorMac: boolean;
  /** Rule MAC-06: base of self-generated MACs. */
  readonly vmMacBase: Mac;
  /** What its forwarding costs; absent where it costs nothing. */
  readonly cores?: Cores;
  /** Rule IOM-01: the setting; what runs may differ. */
  readonly packetIo: PacketIoMode;
  /** AWS, rule IOM-03; absent where the file does not say. */
  readonly haMode?: HaMode;
  /** Rule DRV-06: versions the firewall's software brings along; absent where they are the default profile's. */
  readonly nativeDrivers?: NativeDrivers;
  readonly routes: readonly Route[];
  readonly arpProfile: ArpProfile;
}

/** An end host: generates numbered frames and counts them. */
export interface Host extends NodeBase {
  readonly kind: 'host';
  /** A virtual machine when set; a physical host otherwise. */
  readonly on: NodeName | null;
  readonly routes: readonly Route[];
  readonly arpProfile: ArpProfile;
  /** Ignores gratuitous ARP (rule HA-18). */
  readonly ignoreGratuitous: boolean;
  /** Creates entries from unsolicited ARP (rule ARP-03). */
  readonly acceptUnsolicited: boolean;
}

export interface Router extends NodeBase {
  readonly kind: 'router';
  readonly routes: readonly Route[];
  readonly arpProfile: ArpProfile;
}

/** `port` and `uplink` belong to switches, `wire`, `pf` and `vf` to NICs, `ha` to an HA link, the others to layer-3 nodes and firewalls. */
export type InterfaceMode = 'layer3' | 'layer2' | 'tap' | 'virtual-wire' | 'ha' | 'port' | 'uplink' | 'wire' | 'pf' | 'vf';

/** Client ports reconnect when their switch restarts, server ports do not (rule HST-04). */
export const VHOST_MODES = ['client', 'server'] as const;
export type VhostMode = (typeof VHOST_MODES)[number];

export interface LabInterface {
  readonly node: NodeName;
  readonly name: string;
  readonly mode: InterfaceMode;
  /** Initial MAC: given by the hypervisor (vNIC) or burnt in. Null on ports of switches. */
  readonly mac: Mac | null;
  readonly ipv4: readonly Ipv4Prefix[];
  readonly mtu: number;
  /** vSwitch port: 0 untagged, 1-4094 tagged by the switch, 4095 trunk to the guest. Physical switch: 1-4094 access. Elsewhere 0. */
  readonly vlan: number;
  /** vSwitch port: what it overrides of the switch's policy, if anything. */
  readonly policy: Partial<VSwitchPolicy> | null;
  /** vSwitch port: its port group's learning, where that differs from the switch's. */
  readonly learning?: MacLearning | null;
  /** Port of a physical switch: what it allows, where that is not everything. */
  readonly security?: PortSecurity;
  /** Port of a bridge: the bond it is a member of (rule HST-02). */
  readonly bond?: string;
  /** VF: what the administrator set. */
  readonly vf?: VfConfig;
  /** Port of a bridge with a DPDK datapath, to a guest: which end of vhost-user it is (rule HST-04). */
  readonly vhost?: VhostMode;
  /** Firewall: its virtual NIC, where that is not the platform's own. */
  readonly vnic?: VirtualNic;
  /** Firewall: the platform's interface id (rule MAC-04); 0 elsewhere. */
  readonly interfaceId: number;
}

export interface LabLink {
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** Bits per second; 0 is unlimited. */
  readonly rateBps: number;
  readonly latencyNs: Nanos;
  /** Bytes that may wait for the line in each direction before frames are dropped as `queue-full`. */
  readonly queueBytes: number;
  /** Of the link's random numbers, 32 bits: from the names of its ends, so that no other link disturbs them. */
  readonly seed?: number;
  /** Impairment of the direction that leaves `a`, and of the one that leaves `b`. */
  readonly impairA?: Impairment;
  readonly impairB?: Impairment;
  /** A device's cable to a guest that does not have it yet (rule PCI-01); absent for every other link. */
  readonly reserved?: true;
}

export interface HaTimers {
  readonly helloNs: Nanos;
  readonly heartbeatNs: Nanos;
  readonly promotionHoldNs: Nanos;
  /** Rule HA-01: how long a unit waits for a peer before it becomes active alone. */
  readonly initialHoldNs: Nanos;
}

export interface HaMember {
  readonly node: NodeName;
  /** 0 or 1. */
  readonly deviceId: number;
  /** Rule HA-06: the lower value wins. */
  readonly priority: number;
  /** Interface that carries HA1. */
  readonly ha1: string;
}

/** Two firewalls, active and passive (rules HA-01 to HA-20). */
export interface HaPair {
  readonly name: string;
  readonly mode: 'active-passive';
  /** 1 to 63. */
  readonly group: number;
  readonly members: readonly [HaMember, HaMember];
  readonly timers: HaTimers;
}

/** Numbered UDP frames from one host's interface to an address. */
export interface Flow {
  readonly name: string;
  readonly from: Endpoint;
  readonly to: Ipv4;
  /** Picoseconds between frames: 1,000 frames/s is 1e9. */
  readonly intervalPs: number;
  /** Bytes of each frame without the frame check sequence, 60 to the interface's MTU + 14. */
  readonly frameBytes: number;
  readonly startNs: Nanos;
  /** No frame is born at or after this time; null for as long as the lab runs. */
  readonly stopNs: Nanos | null;
}

/** A lab file as resolved: the lab itself, and what a scripted run does to it and expects of it. */
export interface LabFile {
  readonly name: string;
  readonly lab: Lab;
  readonly script: Script;
}

export interface Script {
  /** How far virtual time runs. */
  readonly durationNs: Nanos;
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
}

/** A command given at a virtual time. The text is one of ts/model/commands/command.ts. */
export interface Step {
  readonly atNs: Nanos;
  readonly command: string;
}

export interface Check {
  readonly name: string;
  readonly description: string;
  readonly expect: readonly Expectation[];
}

/** Inclusive bounds; null is no bound. */
export interface Bounds {
  readonly min: number | null;
  readonly max: number | null;
}

export type Expectation =
  /** How many events of a type, with these field values, happened in [fromNs, toNs]. */
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly where: Readonly<Record<string, string | number | boolean>>;
      readonly count: Bounds;
      readonly fromNs: Nanos;
      readonly toNs: Nanos | null;
    }
  /** Which MAC a node believes an address has at a time; `mac` may be a MAC, "node:interface" (its used MAC) or "none". */
  | {
      readonly kind: 'neighbour';
      readonly node: NodeName;
      readonly ip: Ipv4;
      readonly mac: string;
      readonly atNs: Nanos | null;
    }
  /** HA state of a unit at a time. */
  | { readonly kind: 'ha'; readonly node: NodeName; readonly state: string; readonly atNs: Nanos | null }
  /** Totals of a flow at the end. */
  | {
      readonly kind: 'flow';
      readonly flow: string;
      readonly received: Bounds | null;
      readonly lost: Bounds | null;
      readonly longestGapNs: Bounds | null;
      readonly framesPerSecond: Bounds | null;
      readonly latencyP50Ns: Bounds | null;
      readonly latencyP99Ns: Bounds | null;
      readonly latencyMeanNs: Bounds | null;
      /** A node, or "line". */
      readonly limitedBy: string | null;
    }
  /** Frames dropped in [fromNs, toNs], at a place (null: anywhere) for a reason (null: any). */
  | {
      readonly kind: 'drops';
      readonly at: string | null;
      readonly reason: string | null;
      readonly count: Bounds;
      readonly fromNs: Nanos;
      readonly toNs: Nanos | null;
    };

/** "node:interface" as its two parts. */
export function splitEndpoint(endpoint: Endpoint): { node: NodeName; name: string } {
  const colon = endpoint.indexOf(':');
  return { node: endpoint.slice(0, colon), name: endpoint.slice(colon + 1) };
}

export function endpointOf(iface: { readonly node: NodeName; readonly name: string }): Endpoint {
  return `${iface.node}:${iface.name}`;
}
