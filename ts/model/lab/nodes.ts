/** Nodes of a resolved lab, one interface a kind. */
import type { Ipv4, Ipv4Prefix } from '../../values/ipv4-address.ts';
import type { Ipv6, Ipv6Prefix } from '../../values/ipv6-address.ts';
import type { Mac } from '../../values/mac.ts';
import type { Nanos } from '../../values/nanos.ts';
import type { VlanRange } from '../../values/vlan-ranges.ts';
import type { Cores, Datapath } from '../hardware/cores.ts';
import type { NativeDrivers } from '../hardware/driver-matrix.ts';
import type { NicBus, NicModel, VfCapability } from '../hardware/nic.ts';
import type { HaMode, PacketIoMode } from '../hardware/packet-io.ts';
import type { Platform } from '../hardware/platforms.ts';
import type { Fabric, LoadBalancer } from './cloud.ts';
import type { DhcpServer, DhcpSnooping } from './dhcp.ts';
import type { NodeName } from './endpoint.ts';
import type { LiveMigration } from './live-migration.ts';
import type { PppoeConcentrator } from './pppoe.ts';
import type { Sessions } from './sessions.ts';
import type { Teaming } from './teaming.ts';

export type LabNode = Hypervisor | VSwitch | Switch | Nic | Firewall | Host | Router;

export type NodeKind = LabNode['kind'];

interface NodeBase {
  readonly name: NodeName;
}

/** A host of virtual machines: it owns vSwitches and hands MACs to vNICs. It has no interfaces of its own. */
export interface Hypervisor extends NodeBase {
  readonly kind: 'hypervisor';
  readonly platform: Platform;
  /** Absent where no guest comes or leaves alive. */
  readonly liveMigration?: LiveMigration;
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

/** Rule VSW-15: whose defaults a vSwitch has. */
export const SWITCH_PROFILES = ['standard', 'standard-7', 'distributed'] as const;
export type SwitchProfile = (typeof SWITCH_PROFILES)[number];

/** A hypervisor's switch: knows vNIC addresses from the host, never from traffic (rule VSW-01). */
export interface VSwitch extends NodeBase {
  readonly kind: 'vswitch';
  readonly on: NodeName;
  /** The switch's own policy; ports may override it (LabInterface.policy). */
  readonly policy: VSwitchPolicy;
  readonly learning: MacLearning | null;
  /** Interfaces of this switch that lead to the physical network; the first is active, the rest stand by. */
  readonly uplinks: readonly string[];
  /** An uplink that has carrier again does not become active while another one works; absent where it does. */
  readonly keepsUplink?: true;
  /** Rule VSW-16: how it uses all uplinks at once; absent where one is active. */
  readonly teaming?: Teaming;
  /** Rule VSW-16: it tells by beacons whether an uplink works; absent where carrier tells. */
  readonly probesBeacons?: true;
  /** Rule NOT-01: the host announces none of its guests; absent where it does. */
  readonly isSilent?: true;
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
  /** Rule HA-22: it is the fabric of a cloud, and does not learn; absent where it is none. */
  readonly fabric?: Fabric;
  /** Absent where the switch does not read DHCP. */
  readonly dhcpSnooping?: DhcpSnooping;
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
  /** Rule VCH-01: what its PF's driver can grant a VF; absent where that is everything. */
  readonly vfCapabilities?: readonly VfCapability[];
  /** Memory node it is plugged into (rule HST-03); absent where it is 0. */
  readonly memoryNode?: number;
  /** Rule COST-07: what its bus and its embedded switch take; absent where they take nothing. */
  readonly bus?: NicBus;
  /** VFs there are at first, vf0 and on, where the NIC has interfaces for more (rule VF-01). */
  readonly enabledVfs?: number;
}

export interface Route {
  readonly network: Ipv4Prefix;
  readonly via: Ipv4;
  /** The interface whose lease brought the route; absent of static ones. */
  readonly leasedBy?: string;
  /** At a load balancer: its next hop does not answer probes; absent where it does. */
  readonly isUnhealthy?: true;
}

export interface Route6 {
  readonly network: Ipv6Prefix;
  readonly via: Ipv6;
}

/**
 * What a node does with ARP: `linux` as the kernel does; the others by rules ARP-01 to ARP-07, and trust an entry for 30 s
 * (`vm-host`), 1800 s (`firewall`) or for ever (`static`).
 */
export const ARP_PROFILES = ['linux', 'vm-host', 'firewall', 'static'] as const;
export type ArpProfile = (typeof ARP_PROFILES)[number];

/** Two interfaces that pass each other's frames on unchanged (rule MODE-04): those whose `bridge` is its name. */
export interface VirtualWire {
  readonly name: string;
  /** Tags it passes; 0 stands for untagged frames. */
  readonly tags: readonly VlanRange[];
  /** When one end loses its carrier, so does the other. */
  readonly passesLinkState: boolean;
}

export interface Firewall extends NodeBase {
  readonly kind: 'firewall';
  /** The hypervisor it runs on; '' for hardware. */
  readonly on: NodeName;
  /** Rule MAC-04: it is hardware, with interface ids and MACs of its own; absent where it is virtual. */
  readonly isHardware?: true;
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
  /** It sends no ICMP errors; absent where it does. */
  readonly tellsNobody?: true;
  /** Rule JUM-01: jumbo frames are on, and an interface with a management profile announces it; absent elsewhere. */
  readonly announcesJumbo?: true;
  /** Absent where the firewall has none. */
  readonly virtualWires?: readonly VirtualWire[];
  /** Absent where it forwards each packet by itself. */
  readonly sessions?: Sessions;
  readonly dhcpServer?: DhcpServer;
  /** Rule HA-19: routes that its peer sent over HA2; absent where none came. */
  readonly peerRoutes?: readonly Route[];
  readonly routes: readonly Route[];
  /** Static routes for IPv6; absent where there is none. */
  readonly routes6?: readonly Route6[];
  readonly arpProfile: ArpProfile;
}

/** An end host: generates numbered frames and counts them. */
export interface Host extends NodeBase {
  readonly kind: 'host';
  /** A virtual machine when set; a physical host otherwise. */
  readonly on: NodeName | null;
  readonly routes: readonly Route[];
  /** Static routes for IPv6; absent where there is none. */
  readonly routes6?: readonly Route6[];
  readonly arpProfile: ArpProfile;
  /** Ignores gratuitous ARP (rule HA-18). */
  readonly ignoreGratuitous: boolean;
  /** Creates entries from unsolicited ARP (rule ARP-03). */
  readonly acceptUnsolicited: boolean;
  readonly dhcpServer?: DhcpServer;
  readonly pppoeConcentrator?: PppoeConcentrator;
}

export interface Router extends NodeBase {
  readonly kind: 'router';
  /** Rule HA-22: it is a cloud's own router, and the API changes its routes; absent where it is none. */
  readonly fabric?: Fabric;
  /** Rule HA-22: it spreads packets over its routes to one network; absent where the first one is used. */
  readonly loadBalancer?: LoadBalancer;
  /** It sends no ICMP errors; absent where it does. */
  readonly tellsNobody?: true;
  readonly routes: readonly Route[];
  /** Static routes for IPv6; absent where there is none. */
  readonly routes6?: readonly Route6[];
  readonly arpProfile: ArpProfile;
  readonly dhcpServer?: DhcpServer;
  readonly pppoeConcentrator?: PppoeConcentrator;
}

/** Nodes that a device can be given to. */
export function isGuest(node: LabNode | undefined): boolean {
  return node?.kind === 'firewall' || node?.kind === 'host' || node?.kind === 'router';
}

const SWITCH_KINDS: readonly NodeKind[] = ['vswitch', 'switch', 'bridge', 'nic'];

export function isSwitchKind(kind: NodeKind): boolean {
  return SWITCH_KINDS.includes(kind);
}
