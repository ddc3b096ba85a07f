/** Interfaces of a resolved lab: ports of switches, functions of NICs, vNICs. */
import type { Ipv4, Ipv4Prefix } from '../../values/ipv4-address.ts';
import type { Mac } from '../../values/mac.ts';
import type { MailboxApi, VfCapability, VfConfig } from '../hardware/nic.ts';
import type { VirtualNic } from '../hardware/vnic.ts';
import type { DhcpClient } from './dhcp.ts';
import type { NodeName } from './endpoint.ts';
import type { Ipv6Settings } from './ipv6.ts';
import type { Aggregate } from './lacp.ts';
import type { MacLearning, VSwitchPolicy } from './nodes.ts';
import type { PppoeClient } from './pppoe.ts';

/** What a port of a physical switch allows. */
export interface PortSecurity {
  /** ARP is not inspected here. */
  readonly trusted: boolean;
  /** 0 is no limit. */
  readonly arpPerSecond: number;
  readonly macLimit: number;
  readonly onViolation: 'drop' | 'shutdown';
}

/**
 * `port` and `uplink` belong to switches, `wire`, `pf` and `vf` to NICs, `ha` to an HA link, `member` to what is part of an aggregate
 * elsewhere, the others to layer-3 nodes and firewalls.
 */
export type InterfaceMode =
  | 'layer3'
  | 'layer2'
  | 'tap'
  | 'virtual-wire'
  | 'ha'
  | 'member'
  | 'port'
  | 'uplink'
  | 'wire'
  | 'pf'
  | 'vf';

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
  /** It asks a DHCP server for its address; `ipv4` is the one it has now. */
  readonly dhcp?: DhcpClient;
  /** It asks a PPPoE concentrator for a session; `ipv4` is the address that it has in one now. */
  readonly pppoe?: PppoeClient;
  /** It passes messages of DHCP clients on to these servers. */
  readonly dhcpRelay?: readonly Ipv4[];
  /** Multicast groups that it has joined (rules MODE-01, VSW-08); absent for none. */
  readonly groups?: readonly Ipv4[];
  /** Absent where IPv6 is off. */
  readonly ipv6?: Ipv6Settings;
  readonly mtu: number;
  /**
   * vSwitch port: 0 untagged, 1-4094 tagged by the switch, 4095 trunk to the guest. Physical switch: 1-4094 access. Subinterface: its tag.
   * Elsewhere 0.
   */
  readonly vlan: number;
  /** Subinterface: the name of the interface whose line and MAC it uses (rule MAC-12). */
  readonly parent?: string;
  /** vSwitch port: what it overrides of the switch's policy, if anything. */
  readonly policy: Partial<VSwitchPolicy> | null;
  /** vSwitch port: its port group's learning, where that differs from the switch's. */
  readonly learning?: MacLearning | null;
  /** Port of a physical switch: what it allows, where that is not everything. */
  readonly security?: PortSecurity;
  /** Port of a bridge: the bond it is a member of (rule HST-02). */
  readonly bond?: string;
  /** The aggregate of its node that it is a member of. */
  readonly memberOf?: string;
  /** An aggregate: it has no cable of its own, its members have. */
  readonly aggregate?: Aggregate;
  /** VF: what the administrator set. */
  readonly vf?: VfConfig;
  /** VF of 40G: what the driver of its guest asks its PF for (rule VCH-01); absent where that is everything. */
  readonly driverCapabilities?: readonly VfCapability[];
  /** Port of a bridge with a DPDK datapath, to a guest: which end of vhost-user it is (rule HST-04). */
  readonly vhost?: VhostMode;
  /** Such a port: the memory of its guest is not in shared huge pages (rule HST-04); absent where it is. */
  readonly lacksSharedMemory?: true;
  /** Firewall: its virtual NIC, where that is not the platform's own. */
  readonly vnic?: VirtualNic;
  /** Guest on a VF of 10G: the newest version of the mailbox that its driver speaks; absent for the newest there is (rule MBX-08). */
  readonly mailboxApi?: MailboxApi;
  /** Firewall, DPDK: the port has a table of addresses, and these are in it from the start (rule DPK-08); absent where it has none. */
  readonly macs?: readonly Mac[];
  /** Firewall: it answers TCP connections to its addresses; absent where it refuses them. */
  readonly managementProfile?: true;
  /** Firewall: the virtual wire (MODE-04) or VLAN object (MODE-02) that joins the interface with others. */
  readonly bridge?: string;
  /** Firewall: the platform's interface id (rule MAC-04), of a subinterface its parent's; 0 elsewhere. */
  readonly interfaceId: number;
}
