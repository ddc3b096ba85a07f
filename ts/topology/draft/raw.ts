/**
 * A lab file as written, after `checkShape`: what is present has the shape of schema.ts, but anything may be missing,
 * because what was misshapen has been taken out. Outside the reader only the library sees these types, as options of its verbs.
 */
import type { Datapath, Fanout } from '../../model/hardware/cores.ts';
import type { CostName } from '../../model/hardware/cost.ts';
import type { NativeProfile } from '../../model/hardware/driver-matrix.ts';
import type { NicModel } from '../../model/hardware/nic.ts';
import type { HaMode, PacketIoMode } from '../../model/hardware/packet-io.ts';
import type { Platform } from '../../model/hardware/platforms.ts';
import type { VnicModel } from '../../model/hardware/vnic.ts';
import type { FlowOutcome, FlowProtocol } from '../../model/lab/flow.ts';
import type { Ha2Transport } from '../../model/lab/ha-pair.ts';
import type { InterfaceMode, VhostMode } from '../../model/lab/interfaces.ts';
import type { ArpProfile, NodeKind } from '../../model/lab/nodes.ts';
import type { PolicyAction, PolicyProtocol, SessionTimeout, WithoutSyn } from '../../model/lab/sessions.ts';
import type { RawCloudMove, RawCloudNode } from './raw-cloud.ts';
import type { RawControlPlane } from './raw-control-plane.ts';
import type { RawBus, RawDevice, RawNativeDrivers } from './raw-drivers.ts';
import type { RawIpv6 } from './raw-ipv6.ts';
import type { RawDhcp, RawLeased, RawPppoe, RawSnooping } from './raw-leases.ts';
import type { RawLiveMigration } from './raw-migration.ts';
import type { RawNic, RawVf } from './raw-nic.ts';
import type { RawTeam } from './raw-team.ts';

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
type Named<T> = Readonly<Record<string, T>>;
/** Items that were taken out leave holes. */
type List<T> = readonly (T | undefined)[];

export type RawFlag = 'on' | 'off' | boolean;
export type RawVerdict = 'accept' | 'reject';
export type RawDuration = string | number;

export type RawPolicy = Optional<{
  promiscuous: RawVerdict;
  'mac-changes': RawVerdict;
  'forged-transmits': RawVerdict;
}>;

/** MAC learning: off, on with its defaults, or its settings. */
export type RawMacLearning = RawFlag | RawLearning;

export type RawPortGroup = RawPolicy & Optional<{ vlan: number; 'mac-learning': RawMacLearning }>;

/** A port of any switch; which property belongs to which kind is checked by inherit.ts. */
export type RawPort = RawPortGroup &
  RawVf &
  Optional<{
    group: string;
    trusted: RawFlag;
    'arp-limit': number;
    'mac-limit': number;
    violation: 'drop' | 'shutdown';
    bond: string;
    vhost: VhostMode;
  }>;
export type RawPf = Optional<{ promiscuous: RawFlag; vlans: List<number> }>;

export type RawBinding = Optional<{ ip: string; mac: string }>;
export type RawArpInspection = RawFlag | Optional<{ bindings: List<RawBinding> }>;

export type RawInterface = RawLeased &
  RawDevice &
  Optional<{
    mode: InterfaceMode;
    tag: number;
    mac: string;
    ipv4: string | List<string>;
    groups: List<string>;
    ipv6: RawIpv6;
    mtu: number;
    nic: VnicModel;
    accelerated: RawFlag;
    'management-profile': RawFlag;
  }>;

export type RawVirtualWire = Optional<{
  interfaces: List<string>;
  'tag-allowed': string | number;
  'link-state-pass-through': RawFlag;
}>;

export type RawLacp = Optional<{
  mode: 'active' | 'passive' | 'off';
  rate: 'slow' | 'fast';
  'system-priority': number;
  'port-priority': Named<number>;
  'max-ports': number;
  'fast-failover': RawFlag;
  'system-mac': string;
  'pre-negotiation': RawFlag;
}>;
export type RawAggregate = Optional<{ members: List<string>; lacp: RawLacp }>;
export type RawPortChannel = Optional<{ ports: List<string>; 'min-links': number; lacp: RawLacp }>;
export type RawVlanObject = Optional<{ interfaces: List<string> }>;

export type RawLearning = Optional<{
  flood: RawFlag;
  limit: number;
  'limit-policy': 'allow' | 'drop';
  ageing: RawDuration;
}>;
export type RawRoute = Optional<{ to: string; via: string }>;

export type RawIo = Optional<{
  queues: number;
  burst: number;
  'rx-ring': number;
  'tx-ring': number;
  'virtio-ring': number;
  'rx-free-threshold': number;
  mbufs: number;
  'block-size': string | number;
  blocks: number;
  retire: RawDuration;
  sockets: number;
  fanout: Fanout;
  'emc-insert-inv-prob': number;
  smc: RawFlag;
  upcalls: RawFlag;
  'memory-node': number;
  retries: number;
  costs: Optional<Record<CostName, number>>;
}>;
export type RawZoneNames = string | List<string>;

export type RawSecurityPolicy = Optional<{
  name: string;
  from: RawZoneNames;
  to: RawZoneNames;
  source: string;
  destination: string;
  protocol: PolicyProtocol;
  port: string | number;
  action: PolicyAction;
}>;

export type RawNat = Optional<{
  name: string;
  from: RawZoneNames;
  to: RawZoneNames;
  source: string;
  pool: string;
  ports: string | number;
}>;

export type RawSessions = Optional<{
  max: number;
  timeouts: Optional<Record<SessionTimeout, RawDuration>>;
  'tcp-without-syn': WithoutSyn;
}>;

export type RawNode = RawPolicy &
  RawTeam &
  RawCloudNode &
  RawNic &
  Optional<{
    kind: NodeKind;
    group: string;
    platform: Platform;
    'huge-pages': RawFlag;
    'live-migration': RawLiveMigration;
    on: string;
    'mac-learning': RawMacLearning;
    'port-groups': Named<RawPortGroup | null>;
    ports: Named<RawPort | null>;
    'arp-inspection': RawArpInspection;
    'dhcp-snooping': RawSnooping;
    'icmp-errors': RawFlag;
    dhcp: RawDhcp;
    pppoe: RawPppoe;
    'reverse-path-check-promisc': RawFlag;
    failback: RawFlag;
    'notify-switches': RawFlag;
    ageing: RawDuration;
    'table-size': number;
    model: NicModel | 82599;
    pf: RawPf;
    bus: RawBus;
    hardware: RawFlag;
    'use-hypervisor-mac': RawFlag;
    'vm-mac-base': string;
    'packet-io': PacketIoMode;
    'ha-mode': HaMode;
    'native-drivers': NativeProfile | RawNativeDrivers;
    'memory-node': number;
    ovs: string;
    dpdk: string;
    vhost: VhostMode;
    interfaces: Named<RawInterface | null>;
    aggregates: Named<RawAggregate>;
    'port-channels': Named<RawPortChannel>;
    'virtual-wires': Named<RawVirtualWire>;
    vlans: Named<RawVlanObject>;
    zones: Named<List<string> | null>;
    policies: List<RawSecurityPolicy>;
    nat: List<RawNat>;
    sessions: RawSessions;
    gateway: string;
    'ipv6-gateway': string;
    routes: List<RawRoute>;
    'arp-profile': ArpProfile;
    'ignore-gratuitous': RawFlag;
    'accept-unsolicited': RawFlag;
    mtu: number;
    jumbo: RawFlag;
    datapath: Datapath;
    cores: number;
    io: RawIo;
  }>;

export type RawEndpoint = string | Optional<{ node: string; interface: string; mac: string; ipv4: string | List<string> }>;

export type RawImpairment = Optional<{
  delay: RawDuration;
  jitter: RawDuration;
  loss: string | number;
  corruption: string | number;
  rate: string | number;
}>;

/** Of both directions, or of each by the interface it leaves: the keys tell, those of interfaces hold a colon. */
export type RawImpair = RawImpairment | Named<RawImpairment>;

export type RawLink = Optional<{
  type: string;
  endpoints: List<RawEndpoint>;
  rate: string | number;
  latency: RawDuration;
  queue: string | number;
  mtu: number;
  reserved: RawFlag;
  impair: RawImpair;
}>;

export type RawTimers = Optional<{
  hello: RawDuration;
  heartbeat: RawDuration;
  'promotion-hold': RawDuration;
  'initial-hold': RawDuration;
  'ha1-monitor-hold': RawDuration;
  'monitor-fail-hold-up': RawDuration;
  'additional-master-hold-up': RawDuration;
  'monitor-fail-hold-down': RawDuration;
  'preemption-hold': RawDuration;
  'flap-max': number;
}>;

export type RawHaMember = Optional<{ node: string; ha1: string; priority: number; preemptive: RawFlag }>;

/** Each kind of group has one of the two lists. */
export type RawMonitorGroup = Optional<{ condition: 'any' | 'all'; interfaces: List<string>; targets: List<string> }>;

export type RawMonitoring = Optional<{ condition: 'any' | 'all'; groups: Named<RawMonitorGroup> }>;

export type RawHaPair = Optional<{
  mode: string;
  group: number;
  members: List<RawHaMember>;
  timers: 'recommended' | 'aggressive' | RawTimers;
  'ha1-backup': string;
  'ha1-encryption': RawFlag;
  'config-sync': RawFlag;
  strict: RawFlag;
  'heartbeat-backup': RawFlag;
  ha2: string;
  'ha2-backup': string;
  'ha2-transport': Ha2Transport;
  'ha2-keep-alive': RawFlag;
  'ha2-tables': RawFlag;
  'link-monitoring': RawMonitoring;
  'path-monitoring': RawMonitoring;
  'passive-link-state': 'auto' | 'shutdown';
  'link-bringup': RawDuration;
  cloud: RawCloudMove;
}>;

export type RawFlow = Optional<{
  from: string;
  to: string;
  protocol: FlowProtocol;
  rate: number;
  size: number;
  start: RawDuration;
  stop: RawDuration;
}>;

export type RawStep = Optional<{ at: RawDuration; run: string }>;

export type RawBounds = number | Optional<{ min: number; max: number }>;

export type RawSpanBounds = Optional<{ min: RawDuration; max: RawDuration }>;

export type RawExpectation = Optional<{
  event: string;
  where: Named<string | number | boolean>;
  neighbour: Optional<{ node: string; ip: string; interface: string }>;
  mac: string;
  ha: string;
  state: string;
  flow: string;
  received: RawBounds;
  lost: RawBounds;
  'longest-gap': RawSpanBounds;
  rate: RawBounds;
  'latency-p50': RawSpanBounds;
  'latency-p99': RawSpanBounds;
  'latency-mean': RawSpanBounds;
  outcome: FlowOutcome;
  stall: RawSpanBounds;
  retransmissions: RawBounds;
  'limited-by': string;
  drops: Optional<{ at: string; reason: string }>;
  count: RawBounds;
  at: RawDuration;
  from: RawDuration;
  to: RawDuration;
  within: RawDuration;
}>;

export type RawCheck = Optional<{ description: string; expect: List<RawExpectation> }>;

export type RawTopology = Optional<{
  defaults: RawNode | null;
  kinds: Named<RawNode | null>;
  groups: Named<RawNode | null>;
  nodes: Named<RawNode | null>;
  links: List<RawLink>;
}>;

export type RawLabFile = Optional<{
  name: string;
  seed: number;
  'mac-seed': number;
  topology: RawTopology;
  'control-plane': RawControlPlane;
  ha: Named<RawHaPair>;
  flows: Named<RawFlow>;
  duration: RawDuration;
  steps: List<RawStep>;
  validate: Named<RawCheck>;
}>;
