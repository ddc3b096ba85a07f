/** The sizing pass: what a resolved lab needs of linear memory. One layout per lab; memory grows once, at set-up. */
import { PORT_ADDRESSES_BYTES } from '../../asm/memory/addresses-layout.ts';
import * as L from '../../asm/memory/layout.ts';
import * as N from '../../asm/memory/nic-layout.ts';
import { TCP_BYTES } from '../../asm/memory/tcp-layout.ts';
import type { Sizes } from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';
import { SPARE_ROUTES } from '../model/config/faults.ts';
import { filtersMax, sharesRss } from '../model/hardware/nic.ts';
import type { LabInterface } from '../model/lab/interfaces.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { LabIndex } from '../model/lab/lab-index.ts';
import { takesAddress } from '../model/lab/leases.ts';
import type { LabNode, Nic } from '../model/lab/nodes.ts';
import { concentratorOf } from '../model/lab/pppoe-ends.ts';
import { isSubinterface, lineOwnerOf } from '../model/lab/subinterface.ts';
import { type Ipv4, ipv4ToNumber, prefixContains } from '../values/ipv4-address.ts';
import { ioReserves } from './configure-io.ts';
import { routes6Max } from './configure-ipv6.ts';
import { sessionBytes } from './configure-sessions.ts';
import { wholeLines } from './io-size.ts';

/** Frames in flight a lab may hold, by default and at most. Beyond: `pool-exhausted`. */
const SMALL_BUFFERS_MIN = 512;
const SMALL_BUFFERS_MAX = 16_384;
const SMALL_BUFFERS_PER_LINK = 32;
/** Beyond these, frames that can lie in rings and blocks of cores. */
const RING_BUFFERS_MAX = 65_536;
const JUMBO_BUFFERS = 64;
/** Descriptors beyond one per buffer: copies share a buffer but not a place in a queue. */
const DESCRIPTORS_PER_BUFFER = 4;
const DROP_RUNS = 1024;
const NEIGHBOURS_MIN = 32;
const NEIGHBOURS_MAX = 1024;
/** Addresses of an interface with IPv6: link-local, its own, those of two prefixes. */
const IPV6_NEIGHBOURS = 4;
/** Bindings of ARP inspection a switch can hold: half of this. */
const BINDING_SLOTS = 512;

/** Decision someone may dispute: addresses that the layer-2 interfaces of a firewall can learn, as many as a vSwitch port. */
const FIREWALL_MACS = 4096;

/** Timers an agent can have at once; each has a slot in the event queue. Append only: their order decides between timers of one instant. */
export const TIMER_SLOTS = [
  'arp',
  'garp',
  'heartbeat',
  'hello',
  'hello-wait',
  'hold',
  'initial',
  'vf-driver',
  'watchdog',
  'ha-watch',
  'ha-path',
  'ha-keep-alive',
  'ping',
  'session-sync',
  'lacp',
  'lease',
  'ipv6',
  'migration',
  'cloud',
  'beacon',
  'probe',
  'carrier',
] as const;
export type TimerSlot = (typeof TIMER_SLOTS)[number];

/** Number of a node's timer. Nodes that have no agent have none of their slots armed, ever. */
export function timerNumber(node: number, slot: TimerSlot): number {
  return node * TIMER_SLOTS.length + TIMER_SLOTS.indexOf(slot);
}

export interface TableSizes {
  readonly fdbSlots: number;
  readonly fdbLimit: number;
  readonly routes: number;
  readonly neighbourSlots: number;
}

/** Tables of one node. Open-addressed tables are a power of two and at most half full. */
export function tableSizes(index: LabIndex, node: LabNode): TableSizes {
  const ports = index.byNode.get(node.name) ?? [];
  switch (node.kind) {
    case 'switch':
    case 'bridge':
      return { fdbSlots: slotsFor(node.tableSize), fdbLimit: node.tableSize, routes: 0, neighbourSlots: BINDING_SLOTS };
    case 'vswitch': {
      const learned = sum(ports, (port) => (port.learning === undefined ? node.learning : port.learning)?.limit ?? 0);
      return { fdbSlots: slotsFor(ports.length + learned), fdbLimit: ports.length + learned, routes: 0, neighbourSlots: 0 };
    }
    case 'nic': {
      const filters = filtersMax(node.model, ports.length);
      return { fdbSlots: slotsFor(filters), fdbLimit: filters, routes: 0, neighbourSlots: 0 };
    }
    case 'hypervisor':
      return { fdbSlots: 0, fdbLimit: 0, routes: 0, neighbourSlots: 0 };
    default: {
      // A lease or a PPPoE session brings an address, and a route by its gateway.
      const leased = ports.filter(takesAddress).length;
      const addresses = ports.reduce((sum, port) => sum + port.ipv4.length, 0) + leased;
      const entries = neighboursPossible(index.lab, ports) + sessionEntries(node, ports);
      const neighbourSlots = slotsFor(Math.max(NEIGHBOURS_MIN, entries));
      const bridges = ports.some(({ mode }) => mode === 'layer2');
      const fdbLimit = bridges ? FIREWALL_MACS : 0;
      const fdbSlots = bridges ? slotsFor(fdbLimit) : 0;
      // Four addresses more than the file gives: those of HA ports without one.
      const spare = node.kind === 'firewall' ? SPARE_ROUTES : 0;
      return { fdbSlots, fdbLimit, routes: (addresses + 4) * 2 + node.routes.length + leased + spare, neighbourSlots };
    }
  }
}

/**
 * Every address of the lab could become a neighbour, and one on the network of several interfaces a neighbour of each. Addresses
 * from outside share what is left of the half-full table.
 */
function neighboursPossible(lab: Lab, ports: readonly LabInterface[]): number {
  const { addresses, leased, wide } = addressesOf(lab);
  const connected = sum(ports, ({ ipv4 }) =>
    ipv4.length === 0 ? 0 : addresses.filter((ip) => ipv4.some((own) => prefixContains(own, ip))).length,
  );
  const hasIpv6 = ports.some(({ ipv6 }) => ipv6 !== undefined);
  return Math.min(NEIGHBOURS_MAX, Math.max(addresses.length, connected) + leased + (hasIpv6 ? wide : 0));
}

interface LabAddresses {
  readonly addresses: readonly Ipv4[];
  /** Interfaces that take theirs from another node. */
  readonly leased: number;
  readonly wide: number;
}

/** Of each lab: every node is sized by the addresses of all. */
const ADDRESSES = new WeakMap<Lab, LabAddresses>();

function addressesOf(lab: Lab): LabAddresses {
  const known = ADDRESSES.get(lab);
  if (known !== undefined) return known;
  const found = {
    addresses: lab.interfaces.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address)),
    leased: lab.interfaces.filter(takesAddress).length,
    wide: sum(lab.interfaces, ({ ipv6 }) => (ipv6 === undefined ? 0 : IPV6_NEIGHBOURS)),
  };
  ADDRESSES.set(lab, found);
  return found;
}

/** Each PPPoE session has two entries (asm/decide/pppoe.ts). */
function sessionEntries(node: LabNode, ports: readonly LabInterface[]): number {
  const concentrator = concentratorOf(node);
  const given = concentrator === undefined ? 0 : ipv4ToNumber(concentrator.last) - ipv4ToNumber(concentrator.first) + 1;
  return 2 * (given + ports.filter(({ pppoe }) => pppoe !== undefined).length);
}

function slotsFor(entries: number): number {
  let slots = 16;
  while (slots < entries * 2) slots *= 2;
  return slots;
}

/** Sizes of the whole region. `traceBytes` buys a trace ring for captures; it lies outside the region and its hash. */
export function regionSizes(index: LabIndex, traceBytes: number): Sizes {
  const { lab } = index;
  const tables = lab.nodes.map((node) => tableSizes(index, node));
  const reserves = ioReserves(index);
  const onLinks = Math.min(SMALL_BUFFERS_MAX, Math.max(SMALL_BUFFERS_MIN, lab.links.length * SMALL_BUFFERS_PER_LINK));
  const buffers =
    onLinks +
    Math.min(
      RING_BUFFERS_MAX,
      sum(reserves, ({ frames }) => frames),
    );
  const fanMax = Math.max(8, ...lab.nodes.map((node) => (index.byNode.get(node.name)?.length ?? 0) + 2));
  return {
    nodes: lab.nodes.length,
    ports: lab.interfaces.length,
    lines: lab.links.length * 2,
    flows: lab.flows.length,
    timers: lab.nodes.length * TIMER_SLOTS.length + 1,
    routes: sum(tables, (table) => table.routes),
    neighbours: sum(tables, (table) => table.neighbourSlots),
    fdb: sum(tables, (table) => table.fdbSlots),
    dropRuns: DROP_RUNS + L.DROP_RUN_OVERFLOW,
    descriptors: (buffers + JUMBO_BUFFERS) * DESCRIPTORS_PER_BUFFER,
    smallBuffers: buffers,
    jumboBuffers: JUMBO_BUFFERS,
    fanMax,
    elements:
      sum(lab.nodes, (node) => elementBytes(index, node)) +
      lab.interfaces.filter(({ macs }) => macs !== undefined).length * wholeLines(PORT_ADDRESSES_BYTES) +
      parentsOfSubinterfaces(lab) * wholeLines(L.SUBINTERFACES_BYTES) +
      sum(reserves, ({ bytes }) => wholeLines(bytes)) +
      sum(lab.flows, ({ protocol }) => (protocol === 'tcp' ? wholeLines(TCP_BYTES) : 0)),
    ioSlots: sum(reserves, ({ slots }) => slots),
    traceBytes: traceBytes === 0 ? 0 : Math.max(traceBytes, 3 * fanMax * (L.TRACE_BYTES + L.JUMBO_FRAME_MAX)),
  };
}

/** Interfaces with subinterfaces: each has a table of their tags (asm/decide/subinterface.ts). */
function parentsOfSubinterfaces({ interfaces }: Lab): number {
  return new Set(interfaces.filter(isSubinterface).map(lineOwnerOf)).size;
}

/** Space in the region that a node needs in addition to the common part of every node. */
function elementBytes(index: LabIndex, node: LabNode): number {
  return kindBytes(index, node) + wholeLines(routes6Max(index, node.name) * L.ROUTE6_BYTES);
}

function kindBytes(index: LabIndex, node: LabNode): number {
  if (node.kind === 'nic') return nicBytes(index, node);
  if (node.kind === 'firewall') {
    const wires = (node.virtualWires?.length ?? 0) * wholeLines(L.TAGS_BYTES);
    return wires + sessionBytes(node, index.byNode.get(node.name)?.length ?? 0);
  }
  const hasBonds = (index.byNode.get(node.name) ?? []).some(({ bond }) => bond !== undefined);
  return hasBonds ? wholeLines(L.LOCKS_BYTES) : 0;
}

/** Space in the region that a NIC needs (asm/nic/nic.ts). On 82599 and X540 one RSS block serves all functions (rule RSS-03). */
function nicBytes(index: LabIndex, nic: Nic): number {
  const functions = (index.byNode.get(nic.name)?.length ?? 1) - 1;
  const rssBlocks = sharesRss(nic.model) ? 1 : functions;
  const filters = filtersMax(nic.model, functions) * N.FILTER_BYTES;
  return wholeLines(N.NIC_BYTES) + wholeLines(filters) + functions * wholeLines(N.POOL_BYTES) + rssBlocks * wholeLines(N.RSS_BYTES);
}

/** The drop timer is the last one. */
export function dropTimer(lab: Lab): number {
  return lab.nodes.length * TIMER_SLOTS.length;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
