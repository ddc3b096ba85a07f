/**
 * State that agents keep between turns and that events do not record: next retries, pings under way, unfinished bursts. It is plain
 * data, part of every snapshot and of the agents' hash. A node that loses power loses it.
 */
import type { Position } from '../../model/events/events.ts';
import type { ResourceRefusal } from '../../model/hardware/virtchnl.ts';
import { asNamed, named } from '../../values/named.ts';
import type { LacpInfo } from '../../wire/lacp.ts';
import type { Pinging } from './ping-memory.ts';
import type { PppEnd, PppoeLast } from './pppoe-memory.ts';
import type { Beacons, Probes } from './probing.ts';
import type { VfRequest, VfWork } from './vf-memory.ts';

/** A next hop being asked for, or an entry being verified. */
export interface Asking {
  ip: string;
  interface: string;
  /** Requests sent so far. */
  tries: number;
  /** When the first of them was sent, and the last event that was on record then. */
  sinceNs: number;
  since: Position;
  nextNs: number;
  /** Unicast to this MAC (verification), or '' for broadcast (resolution). */
  mac: string;
  cause: Position;
}

/** What a Linux node keeps of a neighbour beside its MAC (`struct neighbour`). */
export interface LinuxNeighbour {
  /** When its state or MAC last changed: locktime counts from here. */
  updatedNs: number;
  /** Until then REACHABLE; later STALE, unless it is being asked for. */
  reachableUntilNs: number;
  /** FAILED: nobody answered. It has no MAC, but a gratuitous ARP gives it one. */
  hasFailed: boolean;
}

export interface GarpBurst {
  /** Sequence number of the next one, up to GARP_BURST. */
  seq: number;
  nextNs: number;
  cause: Position;
}

export interface HaMemory {
  pingSeq: number;
  /** What a unit knows of each control link of its pair, by the link's name. */
  links: Record<string, HaLinkMemory>;
  nextHeartbeatNs: number;
  nextHelloNs: number;
  lastHelloNs: number;
  /** The unit will be active when the work of its promotion is done, and why (rule COST-09); null else. */
  promotion: { reason: string; cause: Position } | null;
  /** Event that lets the unit be promoted when its hold ends (HaPeerLost, or boot). */
  holdCause: Position;
  /** The last event but time passing that was on record at the last heartbeat tick. */
  tickPosition: Position;
  /** The last hello from the peer. */
  hello: HaHeard;
  /** The peer, lost before, answered a ping and was sent a hello for it. */
  hasGreeted: boolean;
  /** The unit stayed active against a peer that was active too, and has announced itself since the peer was lost. */
  hasConfirmed: boolean;
  /** The last frame on each data link, and when it came, by the link's name. */
  dataLinks: Record<string, { heard: HaHeard; heardNs: number }>;
  nextKeepAliveNs: number;
  /** The event since which the peer is to hear of every session; null when it has (rule HA-19). */
  resync: Position | null;
  /** Neighbours and routes as the peer was told of them (rule HA-19). */
  tables: HaTables;
  /** Settings that the peer sends in several segments, as far as they came; absent while none are awaited. */
  configRows?: readonly (readonly [path: string, value: string])[];
  /** What the peer said in its last hello; null before the first. */
  peer: HaPeer | null;
  /** Monitors of the active unit are failing: since when, and because of which event; null when they are not (rule HA-11). */
  failing: HaSince | null;
  /** Monitors of a non-functional unit are sound again. */
  recovered: HaSince | null;
  /** The HaMonitorFailed by which the unit began to fail, and its last HaMonitorRecovered. */
  lastFailure: Position;
  lastRecovery: Position;
  /** Path monitors by target, while the unit is active. */
  paths: Record<string, HaPath>;
  pathSeq: number;
  nextPathNs: number;
  /** Flaps in a row, and when the last of them was (rule HA-15). */
  flaps: number;
  flapNs: number | null;
  /** The unit is active because it preempted its peer. */
  hasPreempted: boolean;
  /** Since when the unit has been a better passive one, while it is (rule HA-14). */
  betterSinceNs: number | null;
  /** When the links of a unit that became active get carrier; null when they have it (rule HA-12). */
  linksUpNs: number | null;
}

/** What a unit knows of its peer. */
export interface HaPeer {
  state: string;
  priority: number;
  mac: string;
  preemptive: boolean;
}

/** What a unit has sent over HA2 of its tables. */
export interface HaTables {
  /** MACs by `neighbourKey`. */
  told: Record<string, string>;
  /** The event since which the peer must hear of all neighbours, and of the routes; null when it has. */
  resync: Position | null;
  routesSince: Position | null;
  /** The last change of a neighbour. */
  changed: Position;
  /** Routes of a list that the peer sends in several frames, as far as it came. */
  incoming: readonly string[];
}

export interface HaSince {
  ns: number;
  cause: Position;
}

/** A target of path monitoring (rule HA-10). */
export interface HaPath {
  /** Sequence number of the echo not yet answered; null when none is out. */
  awaiting: number | null;
  misses: number;
  /** When the first of the missed echoes was sent, and the last event that was recorded when it was missed. */
  missedSinceNs: number;
  missedAt: Position;
  heard: HaHeard;
  /** Whether the target ever answered since the unit asks it. */
  hasAnswered: boolean;
}

/** One control link as a unit sees it. */
export interface HaLinkMemory {
  /** Sequence number of the ping not yet answered; null when none is out. */
  awaiting: number | null;
  misses: number;
  /** When the first of the missed pings was sent. */
  missedSinceNs: number;
  /** When its port lost carrier, while the monitor hold runs; else null (rule HA-03). */
  noCarrierSinceNs: number | null;
  /** The last answer to a ping. */
  heard: HaHeard;
}

/** A sign of life from the peer. */
export interface HaHeard {
  /** The last event that was certainly recorded before it was sent. */
  position: Position;
  /** The event that it was sent for. */
  cause: Position;
}

/** A member of an aggregate that speaks LACP: the state of its machines (IEEE 802.1AX, 6.4). */
export interface LacpPort {
  /** It has carrier, and its node speaks LACP now. */
  isEnabled: boolean;
  receive: 'expired' | 'current' | 'defaulted';
  /** When the partner counts as silent; null while nothing is awaited. */
  silentNs: number | null;
  /** The partner as its last frame described it; null without one. */
  partner: LacpInfo | null;
  /** The partner agrees that this port and its own may be used together. */
  isPartnerInSync: boolean;
  /** The partner wants a frame each second. */
  isPartnerFast: boolean;
  selected: 'unselected' | 'standby' | 'selected';
  mux: 'detached' | 'waiting' | 'attached' | 'collecting' | 'distributing';
  /** When a waiting port may be attached. */
  waitNs: number;
  /** A frame is to be sent; the next one that is sent in any case; when the last three were. */
  mustSend: boolean;
  nextNs: number | null;
  sentNs: number[];
  /** The last frame of the partner, and when it came. */
  heard: HaHeard;
  heardNs: number;
  /** The event that made the port what it is: its frames exist for it. */
  cause: Position;
}

/** What a DHCP client of an interface is about (agents/leases/client.ts). */
export interface LeaseClient {
  state: 'waiting' | 'selecting' | 'requesting' | 'probing' | 'bound' | 'renewing' | 'rebinding';
  /** What it calls itself: its MAC, and hexadecimal digits of its identifier, or ''. */
  mac: string;
  clientId: string;
  xid: number;
  /** Messages sent in this state without an answer. */
  tries: number;
  /** When it began to ask. */
  sinceNs: number;
  /** When it does something next. */
  nextNs: number;
  /** The address that was offered or given, with what came along. */
  ip: string;
  prefix: number;
  gateway: string;
  server: string;
  /** The station that brought the server's last word. */
  serverMac: string;
  seconds: number;
  /** With address probing: probes sent, and when the second announcement is due. */
  probes?: number;
  announceNs?: number;
  /** T1, T2 and the end of the lease. */
  renewNs: number;
  rebindNs: number;
  endNs: number;
  /** The last event that was on record when the server was last heard. */
  heard: Position;
  /** The event that its messages are sent for. */
  cause: Position;
}

export interface NodeMemory {
  /** By `neighbourKey`. */
  asking: Record<string, Asking>;
  /** Nodes with the ARP profile `linux` only, by `neighbourKey`. */
  linux: Record<string, LinuxNeighbour>;
  garp: GarpBurst | null;
  ha: HaMemory | null;
  /** Neighbours that stopped answering, by `neighbourKey`: the event that said so, until they answer again. */
  silent: Record<string, Position>;
  /** Members of aggregates with LACP, by interface. */
  lacp: Record<string, LacpPort>;
  /** vSwitches that probe their uplinks with beacons; null elsewhere. */
  beacons: Beacons | null;
  /** Load balancers: their next hops; null elsewhere. */
  probes: Probes | null;
  /** DHCP clients, by interface. */
  leaseClients: Record<string, LeaseClient>;
  /** DHCP servers: addresses offered and not yet asked for. */
  offers: Record<string, { clientId: string; untilNs: number }>;
  /** Switches that read DHCP: bindings that leases made, by address, and the event behind each. */
  snooped: Record<string, { mac: string; untilNs: number; cause: Position }>;
  /** Ends of PPPoE sessions (agents/leases/pppoe-ends.ts says by which key), and what a concentrator gave last. */
  pppoe: Record<string, PppEnd>;
  pppoeLast: PppoeLast;
  /** VFs whose driver will reset them, by interface; `isUnderWay` where the reset itself takes its time (rule COST-09). */
  vfResets: Record<string, VfWork & { readonly isUnderWay?: true }>;
  /** What drivers have still to request of their PFs, by interface, and when the first of it is answered (rule COST-09). */
  vfRequests: Record<string, VfWork & { readonly requests: readonly VfRequest[] }>;
  /** How PFs will answer the next request for resources, by interface, where a command says so; absent where none does. */
  vfRefusals?: Record<string, ResourceRefusal>;
  pings: Pinging[];
  ipv6: Ipv6Memory;
  /** Last defence of each own address (rule ARP-07). */
  defendedNs: Record<string, number>;
  /**
   * Data interfaces that HA keeps without carrier, and whether their cables have it; null when it keeps none (rule HA-12). Loss of power
   * does not change it: the cables are not the node's.
   */
  shut: Record<string, boolean> | null;
  /** What took the carrier of such a cable, by interface. */
  cut: Record<string, Position>;
  /** Cables that were plugged in and have no carrier yet, by their first end: when they have (rule COST-09). */
  cables: Record<string, { atNs: number; cause: Position }>;
}

/** IPv6 of a node: what it advertises, asks for and has heard (agents/neighbours). */
export interface Ipv6Memory {
  /** The start of the node: what it sends on its own accord exists for it. */
  cause: Position;
  /** Unsolicited advertisements that are still to be sent; null for none. */
  burst: GarpBurst | null;
  /** When the next router advertisement leaves, by interface. */
  advertsNs: Record<string, number>;
  /** Addresses that are being checked for duplicates, by `neighbourKey`. */
  probes: Record<string, { isSent: boolean; nextNs: number; cause: Position }>;
  /** Router solicitations that are still to be sent, by interface. */
  solicits: Record<string, { sent: number; nextNs: number }>;
  /** When a default router's lifetime ends, by `neighbourKey`; the cause of its last advertisement. */
  routers: Record<string, { ns: number; cause: Position }>;
}

export interface AgentMemory {
  nodes: Record<string, NodeMemory>;
  /** Position of the FrameDropped of each run, by "port|reason|cause". */
  dropRuns: Record<string, Position>;
  /** Position of the last BlockRetired of each packet socket, by "port|socket". */
  firstBlocks: Record<string, Position>;
}

export function emptyMemory(): AgentMemory {
  return { nodes: named(), dropRuns: {}, firstBlocks: {} };
}

/** The memory that a copy or JSON of one holds: what is keyed by names has no prototype again. */
export function revivedMemory(memory: AgentMemory): AgentMemory {
  for (const own of Object.values(memory.nodes)) {
    own.vfResets = asNamed(own.vfResets);
    own.lacp = asNamed(own.lacp);
    if (own.probes) own.probes = { ...own.probes, targets: asNamed(own.probes.targets) };
    if (own.beacons) own.beacons = { ...own.beacons, heard: asNamed(own.beacons.heard) };
    own.leaseClients = asNamed(own.leaseClients);
    own.pppoe = asNamed(own.pppoe);
    own.cut = asNamed(own.cut);
    own.cables = asNamed(own.cables);
    own.vfRequests = asNamed(own.vfRequests);
    if (own.vfRefusals) own.vfRefusals = asNamed(own.vfRefusals);
    own.ipv6 = {
      ...own.ipv6,
      advertsNs: asNamed(own.ipv6.advertsNs),
      solicits: asNamed(own.ipv6.solicits),
      probes: asNamed(own.ipv6.probes),
      routers: asNamed(own.ipv6.routers),
    };
  }
  return { ...memory, nodes: asNamed(memory.nodes) };
}

export function emptyNodeMemory(): NodeMemory {
  return {
    asking: {},
    linux: {},
    silent: {},
    garp: null,
    ha: null,
    vfResets: named(),
    vfRequests: named(),
    lacp: named(),
    beacons: null,
    probes: null,
    leaseClients: named(),
    offers: {},
    snooped: {},
    pppoe: named(),
    pppoeLast: { session: 0, ip: '' },
    pings: [],
    ipv6: { cause: 1, burst: null, advertsNs: named(), solicits: named(), probes: named(), routers: named() },
    defendedNs: {},
    shut: null,
    cut: named(),
    cables: named(),
  };
}
