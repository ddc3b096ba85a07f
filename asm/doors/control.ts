/**
 * The control door: every function here is a function of wit/dataplane.wit, through the canonical ABI written by hand.
 * Records come in flattened, go out as structs in a static area; lists go out as rows in another.
 */

import { DROP_INTERFACE_DOWN } from '../../gen/asm/drop-reasons';
import { bondOf, forgetLocks, hasOtherMember, joinBond } from '../decide/bond';
import { refreshStatic } from '../decide/forward';
import { addRoute as insertRoute, VIA_CONNECTED, VIA_LOCAL } from '../decide/layer3';
import { linkAt } from '../decide/link';
import {
  clearNeighbours,
  confirmNeighbour as confirm,
  neighbourSlot,
  RESOLVED,
  removeNeighbour as remove,
  setNeighbour as resolve,
} from '../decide/neighbour';
import { dropRunAt, flushDropRuns as flush } from '../frame/drop-run';
import { FdbEntry, fdbForgetPort, seenNs } from '../frame/fdb';
import { wireOrder } from '../frame/frame';
import { LATENCY_BUCKETS } from '../memory/latency';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { join, Port, portAt } from '../memory/port';
import { initQueue } from '../memory/queue';
import {
  FDB_BYTES,
  header,
  LOSSES_MAX,
  layOut as layOutRegion,
  NEIGHBOUR_BYTES,
  ROUTE_BYTES,
  SIZES,
  Sizes,
} from '../memory/region';
import {
  changeFilter,
  changeMulticast,
  changePool,
  changeVlan,
  filterAt,
  hasMulticastBit,
  inVlan,
  makeNic,
  makePool,
  nicOf,
  poolOf,
  queueFrames,
  takeSpoofed as readAndClearSpoofed,
} from '../nic/nic';
import { buildTable, Rss, storeEntry, storeKey } from '../nic/rss';
import { armFlow, disarmFlow, flowAt, latencyCount, lossAt, resumeFlow } from '../run/flow';
import { powerCores } from '../run/io-power';
import { listOf, NO_SUCH_FLOW, NO_SUCH_LINK, NO_SUCH_NODE, NO_SUCH_PORT, OK, OUT_OF_MEMORY, resultOf, TABLE_FULL } from './abi';

/** As good as never, and no sum with a time overflows. */
const AGEING_MAX_NS: u64 = 1 << 62;
const PAGE_ROWS: u32 = 512;
const ROWS: usize = memory.data(24576, 16);
const RECORD: usize = memory.data(128, 16);

function nodeExists(id: u32): bool {
  return id < header().nodeCount;
}

function portExists(id: u32): bool {
  return id < header().portCount;
}

// ── Setting up ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function layOut(
  nodes: u32,
  ports: u32,
  links: u32,
  flows: u32,
  timers: u32,
  routes: u32,
  neighbours: u32,
  fdb: u32,
  dropRuns: u32,
  descriptors: u32,
  smallBuffers: u32,
  jumboBuffers: u32,
  fanMax: u32,
  elements: u32,
  ioSlots: u32,
  traceBytes: u32,
): usize {
  const sizes = changetype<Sizes>(SIZES);
  sizes.nodes = nodes;
  sizes.ports = ports;
  sizes.links = links;
  sizes.flows = flows;
  sizes.timers = timers;
  sizes.routes = routes;
  sizes.neighbours = neighbours;
  sizes.fdb = fdb;
  sizes.dropRuns = dropRuns;
  sizes.descriptors = descriptors;
  sizes.smallBuffers = smallBuffers;
  sizes.jumboBuffers = jumboBuffers;
  sizes.fanMax = fanMax;
  sizes.elements = elements;
  sizes.ioSlots = ioSlots;
  if (!layOutRegion(traceBytes)) return resultOf(OUT_OF_MEMORY);
  initQueue();
  return resultOf(OK);
}

export function configureNode(
  id: u32,
  kind: u32,
  flags: u32,
  firstPort: u32,
  portCount: u32,
  fdbSlots: u32,
  fdbLimit: u32,
  ageingNs: u64,
  routeMax: u32,
  neighbourSlots: u32,
  reachableNs: u64,
): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const head = header();
  if (head.fdbUsed + fdbSlots > head.fdbSize) return resultOf(TABLE_FULL);
  if (head.routesUsed + routeMax > head.routesSize) return resultOf(TABLE_FULL);
  if (head.neighboursUsed + neighbourSlots > head.neighboursSize) return resultOf(TABLE_FULL);
  const node = nodeAt(id);
  node.kind = kind;
  node.flags = flags;
  node.power = 1;
  node.powerCause = 1;
  node.haCause = 1;
  node.firstPort = firstPort;
  node.portCount = portCount;
  node.fdbAt = head.fdb + head.fdbUsed * FDB_BYTES;
  node.fdbSlots = fdbSlots;
  node.fdbLimit = fdbLimit;
  node.ageingNs = min(ageingNs, AGEING_MAX_NS);
  node.routesAt = head.routes + head.routesUsed * ROUTE_BYTES;
  node.routeMax = routeMax;
  node.neighboursAt = head.neighbours + head.neighboursUsed * NEIGHBOUR_BYTES;
  node.neighbourSlots = neighbourSlots;
  node.reachableNs = reachableNs;
  node.activeUplink = L.NONE;
  head.fdbUsed += fdbSlots;
  head.routesUsed += routeMax;
  head.neighboursUsed += neighbourSlots;
  return resultOf(OK);
}

export function configurePort(
  id: u32,
  node: u32,
  flags: u32,
  vlan: u32,
  mtu: u32,
  frameMax: u32,
  mac: u64,
  learnLimit: u32,
  cause: u32,
): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  if (!nodeExists(node)) return resultOf(NO_SUCH_NODE);
  const port = portAt(id);
  port.node = node;
  port.link = L.NONE;
  port.flags = flags;
  port.vlan = vlan;
  port.mtu = mtu;
  port.frameMax = frameMax;
  const own = wireOrder(mac);
  port.initialMac = own;
  port.effectiveMac = own;
  port.usedMac = own;
  port.learnLimit = learnLimit;
  port.linkCause = cause;
  port.policyCause = cause;
  port.macCause = cause;
  port.guestCause = cause;
  if (knowsGuests(nodeAt(node), port)) {
    refreshStatic(nodeAt(node), vlan, own);
  }
  if (nodeAt(node).kind === <u32>L.NODE_VSWITCH) sumUpPorts(nodeAt(node));
  return resultOf(OK);
}

/** Ports of a vSwitch whose guest's address is in the static table. */
function knowsGuests(node: Node, port: Port): bool {
  return node.kind === <u32>L.NODE_VSWITCH && (port.flags & L.PORT_UPLINK) === 0;
}

export function configureLink(
  id: u32,
  source: u32,
  target: u32,
  psPerByte: u64,
  latencyNs: u64,
  queueNs: u64,
  cause: u32,
  seed: u64,
): usize {
  if (id >= header().linkCount) return resultOf(NO_SUCH_LINK);
  if (!portExists(source) || !portExists(target)) return resultOf(NO_SUCH_PORT);
  const link = linkAt(id);
  link.from = source;
  link.to = target;
  link.psPerByte = psPerByte;
  link.latencyNs = latencyNs;
  link.queueNs = queueNs;
  link.cause = cause;
  link.random = scramble(seed);
  portAt(source).link = id;
  return resultOf(OK);
}

/** SplitMix64's finish (Vigna): neighbouring seeds give unlike streams. Never zero, xorshift's one fixed point. */
function scramble(seed: u64): u64 {
  let z = seed + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return z === 0 ? 1 : z;
}

export function configureFlow(
  id: u32,
  port: u32,
  sourceIp: u32,
  destinationIp: u32,
  frameBytes: u32,
  intervalPs: u64,
  startNs: u64,
  stopNs: u64,
  cause: u32,
): usize {
  if (id >= header().flowCount) return resultOf(NO_SUCH_FLOW);
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  const flow = flowAt(id);
  flow.port = port;
  flow.sourceIp = sourceIp;
  flow.destinationIp = destinationIp;
  flow.frameBytes = frameBytes;
  flow.intervalPs = intervalPs;
  flow.startNs = startNs;
  flow.stopNs = stopNs;
  flow.nextNs = startNs;
  flow.lastNs = startNs;
  flow.cause = cause;
  armFlow(id);
  return resultOf(OK);
}

/** The address itself is local, its network connected. */
export function addAddress(port: u32, ip: u32, mask: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  const node = nodeAt(portAt(port).node);
  if (!insertRoute(node, ip, 0xffffffff, VIA_LOCAL, port)) return resultOf(TABLE_FULL);
  if (mask === 0xffffffff) return resultOf(OK);
  return resultOf(insertRoute(node, ip & mask, mask, VIA_CONNECTED, port) ? OK : TABLE_FULL);
}

export function addRoute(node: u32, network: u32, mask: u32, via: u32, port: u32): usize {
  if (!nodeExists(node)) return resultOf(NO_SUCH_NODE);
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(insertRoute(nodeAt(node), network, mask, via, port) ? OK : TABLE_FULL);
}

export function joinGroup(port: u32, group: u64): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(join(portAt(port), wireOrder(group)) ? OK : TABLE_FULL);
}

/** Makes a node with ports an SR-IOV NIC. `wire` and `pf` are port numbers. */
export function configureNic(id: u32, flags: u32, wire: u32, pf: u32, filterMax: u32, watchdog: u32, sharesRss: bool): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  if (!portExists(wire) || !portExists(pf)) return resultOf(NO_SUCH_PORT);
  return resultOf(makeNic(nodeAt(id), flags, wire, pf, filterMax, watchdog, sharesRss) ? OK : TABLE_FULL);
}

export function configurePool(id: u32, rssMask: u32): usize {
  if (!portExists(id) || nodeAt(portAt(id).node).elementAt === 0) return resultOf(NO_SUCH_PORT);
  return resultOf(makePool(portAt(id), rssMask) ? OK : TABLE_FULL);
}

// ── Following events ────────────────────────────────────────────────────────────────────────────────────────────────

function setFlag(port: Port, flag: u32, on: bool): void {
  if (on) port.flags |= flag;
  else port.flags &= ~flag;
}

export function setCarrier(id: u32, up: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_UP, up);
  port.linkCause = cause;
  const node = nodeAt(port.node);
  if (!up && node.kind === <u32>L.NODE_SWITCH && !hasOtherMember(node, id)) fdbForgetPort(node, bondOf(id));
  return resultOf(OK);
}

export function configureBond(id: u32, first: u32): usize {
  if (!portExists(id) || !portExists(first)) return resultOf(NO_SUCH_PORT);
  return resultOf(joinBond(nodeAt(portAt(id).node), portAt(id), first) ? OK : OUT_OF_MEMORY);
}

/**
 * A node that stops forgets its neighbours and what it learned; its flows pause. What lies in a switch's neighbour table are
 * the bindings of ARP inspection: configuration, which a switch keeps without power.
 */
export function setPower(id: u32, on: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  if ((node.power !== 0) !== on) powerCores(id, on);
  node.power = on ? 1 : 0;
  node.powerCause = cause;
  if (!on) {
    const isSwitch = node.kind === <u32>L.NODE_SWITCH || node.kind === <u32>L.NODE_VSWITCH;
    if (!isSwitch) clearNeighbours(id, DROP_INTERFACE_DOWN, cause);
    for (let i = node.firstPort, end = i + node.portCount; i < end && isSwitch; i++) fdbForgetPort(node, i);
    forgetLocks(node);
  }
  for (let flow: u32 = 0; flow < header().flowCount; flow++) {
    if (portAt(flowAt(flow).port).node !== id) continue;
    if (on) resumeFlow(flow);
    else disarmFlow(flow);
  }
  return resultOf(OK);
}

/** Rate, latency and impairment of the direction a port sends on. Frames already on the line are not touched. */
export function setLine(
  id: u32,
  psPerByte: u64,
  latencyNs: u64,
  queueNs: u64,
  jitterNs: u64,
  loss: u32,
  corruption: u32,
  cause: u32,
): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const index = portAt(id).link;
  if (index === <u32>L.NONE) return resultOf(NO_SUCH_LINK);
  const link = linkAt(index);
  link.psPerByte = psPerByte;
  link.latencyNs = latencyNs;
  link.queueNs = queueNs;
  link.jitterNs = jitterNs;
  link.loss = loss;
  link.corruption = corruption;
  link.impaired = (loss | corruption) !== 0 || jitterNs !== 0 ? 1 : 0;
  link.cause = cause;
  return resultOf(OK);
}

export function setActiveUplink(id: u32, active: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_ACTIVE_UPLINK, active);
  port.policyCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

/** ARP inspection of a switch, as a whole (rule DAI-01). */
export function setInspection(id: u32, on: bool): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  if (on) node.flags |= L.NODE_INSPECTS_ARP;
  else node.flags &= ~L.NODE_INSPECTS_ARP;
  return resultOf(OK);
}

/** What a port of a physical switch allows: 0 is no limit. */
export function setPortSecurity(id: u32, trusted: bool, arpLimit: u32, macLimit: u32, shutsDown: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_TRUSTED, trusted);
  setFlag(port, L.PORT_SHUTS_DOWN, shutsDown);
  port.arpLimit = arpLimit;
  port.learnLimit = macLimit;
  port.policyCause = cause;
  return resultOf(OK);
}

export function setDisabled(id: u32, disabled: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  setFlag(portAt(id), L.PORT_DISABLED, disabled);
  portAt(id).policyCause = cause;
  return resultOf(OK);
}

export function setHaActive(id: u32, active: bool, cause: u32): usize {
  if (!nodeExists(id)) return resultOf(NO_SUCH_NODE);
  const node = nodeAt(id);
  node.haActive = active ? 1 : 0;
  node.haCause = cause;
  return resultOf(OK);
}

export function setMacs(id: u32, initial: u64, effective: u64, used: u64, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  const node = nodeAt(port.node);
  const before = port.effectiveMac;
  port.initialMac = wireOrder(initial);
  port.effectiveMac = wireOrder(effective);
  port.usedMac = wireOrder(used);
  port.macCause = cause;
  if (knowsGuests(node, port)) {
    refreshStatic(node, port.vlan, before);
    refreshStatic(node, port.vlan, port.effectiveMac);
  }
  return resultOf(OK);
}

export function setPolicy(id: u32, promiscuous: bool, macChanges: bool, forged: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_PROMISCUOUS, promiscuous);
  setFlag(port, L.PORT_MAC_CHANGES, macChanges);
  setFlag(port, L.PORT_FORGED, forged);
  port.policyCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

export function setBlocked(id: u32, blocked: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  setFlag(portAt(id), L.PORT_BLOCKED, blocked);
  portAt(id).policyCause = cause;
  return resultOf(OK);
}

export function setGuestPromiscuous(id: u32, requested: bool, cause: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  const port = portAt(id);
  setFlag(port, L.PORT_GUEST_PROMISCUOUS, requested);
  port.guestCause = cause;
  sumUpPorts(nodeAt(port.node));
  return resultOf(OK);
}

/** What frames would else scan the ports of a vSwitch for: which one leads out, and whether any takes more than its own unicast. */
function sumUpPorts(node: Node): void {
  const both: u32 = L.PORT_PROMISCUOUS | L.PORT_GUEST_PROMISCUOUS;
  let listeners: u32 = 0;
  let activeUplink: u32 = L.NONE;
  for (let i = node.firstPort, end = i + node.portCount; i < end; i++) {
    const flags = portAt(i).flags;
    if ((flags & both) === both || (flags & L.PORT_FLOODS) !== 0) listeners++;
    if ((flags & L.PORT_ACTIVE_UPLINK) !== 0 && activeUplink === <u32>L.NONE) activeUplink = i;
  }
  node.listeners = listeners;
  node.activeUplink = activeUplink;
}

export function setNeighbour(port: u32, ip: u32, mac: u64, cause: u32): usize {
  if (!portExists(port)) return resultOf(NO_SUCH_PORT);
  return resultOf(resolve(portAt(port).node, port, ip, wireOrder(mac), cause) ? OK : TABLE_FULL);
}

export function confirmNeighbour(node: u32, ip: u32): usize {
  if (!nodeExists(node)) return resultOf(NO_SUCH_NODE);
  confirm(node, ip);
  return resultOf(OK);
}

export function removeNeighbour(node: u32, ip: u32, cause: u32): usize {
  if (!nodeExists(node)) return resultOf(NO_SUCH_NODE);
  remove(node, ip, cause);
  return resultOf(OK);
}

function poolExists(id: u32): bool {
  return portExists(id) && portAt(id).poolAt !== 0;
}

/** Mode and default pool of a NIC (rules VF-02, VF-05, VF-06). */
export function setNic(id: u32, flags: u32, cause: u32): usize {
  if (!nodeExists(id) || nodeAt(id).elementAt === 0) return resultOf(NO_SUCH_NODE);
  nicOf(nodeAt(id)).flags = flags;
  nicOf(nodeAt(id)).modeCause = cause;
  return resultOf(OK);
}

export function setPool(id: u32, flags: u32, portVlan: u32, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  changePool(portAt(id), flags, portVlan, cause);
  return resultOf(OK);
}

export function setFilter(id: u32, mac: u64, present: bool, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  return resultOf(changeFilter(id, wireOrder(mac), present, cause) ? OK : TABLE_FULL);
}

export function setPoolVlan(id: u32, vid: u32, member: bool, cause: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  changeVlan(portAt(id), vid, member, cause);
  return resultOf(OK);
}

export function setMulticast(id: u32, vector: u32, on: bool, cause: u32): usize {
  if (!nodeExists(id) || nodeAt(id).elementAt === 0) return resultOf(NO_SUCH_NODE);
  changeMulticast(nicOf(nodeAt(id)), vector, on, cause);
  return resultOf(OK);
}

/** @param enabled one bit per queue that has descriptors. */
export function setQueues(id: u32, queues: u32, enabled: u32, cause: u32): usize {
  if (!poolExists(id) || queues === 0 || queues > <u32>L.QUEUES_MAX) return resultOf(NO_SUCH_PORT);
  const pool = poolOf(portAt(id));
  pool.queues = queues;
  pool.enabledQueues = enabled;
  pool.queueCause = cause;
  return resultOf(OK);
}

/** The key of a function, or on 10G of all functions: 56 bytes, the last of them zero. */
export function setRssKey(id: u32, k0: u64, k1: u64, k2: u64, k3: u64, k4: u64, k5: u64, k6: u64): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  const rss = changetype<Rss>(<usize>poolOf(portAt(id)).rssAt);
  storeKey(rss, 0, k0);
  storeKey(rss, 1, k1);
  storeKey(rss, 2, k2);
  storeKey(rss, 3, k3);
  storeKey(rss, 4, k4);
  storeKey(rss, 5, k5);
  storeKey(rss, 6, k6);
  buildTable(rss);
  return resultOf(OK);
}

export function setRssEntry(id: u32, entry: u32, queue: u32): usize {
  if (!poolExists(id)) return resultOf(NO_SUCH_PORT);
  storeEntry(changetype<Rss>(<usize>poolOf(portAt(id)).rssAt), entry, queue);
  return resultOf(OK);
}

/** Spoofed frames since the last call (rule VF-07). */
export function takeSpoofed(id: u32): u64 {
  return nodeExists(id) && nodeAt(id).elementAt !== 0 ? readAndClearSpoofed(nicOf(nodeAt(id))) : 0;
}

export function setDropTimer(timer: u32): void {
  header().dropTimer = timer;
}

export function flushDropRuns(): void {
  flush();
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function readTotals(): usize {
  const head = header();
  store<u64>(RECORD, head.nowNs);
  store<u64>(RECORD + 8, head.nextNumber);
  // Nodes count; the lab's sums are made here, when somebody asks.
  memory.fill(RECORD + 16, 0, 40);
  for (let id: u32 = 0; id < head.nodeCount; id++) {
    const node = nodeAt(id);
    add(RECORD + 16, node.born);
    add(RECORD + 24, node.copied);
    add(RECORD + 32, node.delivered);
    add(RECORD + 40, node.consumed);
    add(RECORD + 48, node.dropped);
  }
  store<u32>(RECORD + 56, head.descriptorsInUse);
  store<u32>(RECORD + 60, head.buffersInUse);
  return RECORD;
}

function add(at: usize, count: u64): void {
  store<u64>(at, load<u64>(at) + count);
}

export function readNode(id: u32): usize {
  const state = nodeAt(id);
  store<u32>(RECORD, state.power);
  store<u32>(RECORD + 4, state.haActive);
  store<u32>(RECORD + 8, state.powerCause);
  store<u32>(RECORD + 12, state.haCause);
  store<u64>(RECORD + 16, state.received);
  store<u64>(RECORD + 24, state.sent);
  store<u64>(RECORD + 32, state.born);
  store<u64>(RECORD + 40, state.copied);
  store<u64>(RECORD + 48, state.delivered);
  store<u64>(RECORD + 56, state.consumed);
  store<u64>(RECORD + 64, state.dropped);
  store<u64>(RECORD + 72, state.moved);
  store<u32>(RECORD + 80, state.waiting);
  return RECORD;
}

export function readPort(id: u32): usize {
  const state = portAt(id);
  store<u32>(RECORD, state.flags);
  store<u32>(RECORD + 4, state.vlan);
  store<u64>(RECORD + 8, wireOrder(state.initialMac));
  store<u64>(RECORD + 16, wireOrder(state.effectiveMac));
  store<u64>(RECORD + 24, wireOrder(state.usedMac));
  store<u32>(RECORD + 32, state.linkCause);
  store<u32>(RECORD + 36, state.policyCause);
  store<u32>(RECORD + 40, state.macCause);
  store<u32>(RECORD + 44, state.guestCause);
  store<u64>(RECORD + 48, state.rxFrames);
  store<u64>(RECORD + 56, state.rxBytes);
  store<u64>(RECORD + 64, state.txFrames);
  store<u64>(RECORD + 72, state.txBytes);
  store<u64>(RECORD + 80, state.drops);
  store<u32>(RECORD + 88, state.link === <u32>L.NONE ? 0 : linkAt(state.link).frames);
  return RECORD;
}

export function readFlow(id: u32): usize {
  const state = flowAt(id);
  store<u64>(RECORD, state.sent);
  store<u64>(RECORD + 8, state.copied);
  store<u64>(RECORD + 16, state.received);
  store<u64>(RECORD + 24, state.dropped);
  store<u64>(RECORD + 32, state.reordered);
  store<u64>(RECORD + 40, state.lastNs);
  store<u64>(RECORD + 48, state.longestGapNs);
  store<u64>(RECORD + 56, state.longestGapFromNs);
  store<u64>(RECORD + 64, state.latencyMinNs);
  store<u64>(RECORD + 72, state.latencyMaxNs);
  store<u64>(RECORD + 80, state.latencySumNs);
  store<u64>(RECORD + 88, state.firstNs);
  store<u64>(RECORD + 96, state.steadyReceived);
  store<u64>(RECORD + 104, state.steadyLastNs);
  return RECORD;
}

export function readLosses(id: u32, start: u32): usize {
  let rows: u32 = 0;
  for (let index = start; index < LOSSES_MAX; index++) {
    const loss = lossAt(flowAt(id), index);
    if (loss.frames === 0) break;
    const row = ROWS + rows * 32;
    store<u32>(row, index);
    store<u32>(row + 4, loss.port);
    store<u32>(row + 8, loss.reason);
    store<u64>(row + 16, loss.frames);
    store<u64>(row + 24, loss.ageSumNs);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readLatencies(id: u32, start: u32): usize {
  let rows: u32 = 0;
  for (let bucket = start; bucket < LATENCY_BUCKETS && rows < PAGE_ROWS; bucket++) {
    const count = latencyCount(flowAt(id), bucket);
    if (count === 0) continue;
    store<u32>(ROWS + rows * 8, bucket);
    store<u32>(ROWS + rows * 8 + 4, count);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readFdb(id: u32, start: u32): usize {
  const node = nodeAt(id);
  let rows: u32 = 0;
  for (let slot = start; slot < node.fdbSlots && rows < PAGE_ROWS; slot++) {
    const entry = changetype<FdbEntry>(<usize>(node.fdbAt + slot * FDB_BYTES));
    if (entry.key === 0) continue;
    const row = ROWS + rows * 32;
    store<u32>(row, slot);
    store<u32>(row + 4, <u32>(entry.key >> 48) & 0xfff);
    store<u64>(row + 8, wireOrder(entry.key & 0xffffffffffff));
    store<u32>(row + 16, entry.port);
    store<u32>(row + 20, entry.cause);
    store<u64>(row + 24, seenNs(node, entry));
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readNeighbours(id: u32, start: u32): usize {
  const node = nodeAt(id);
  let rows: u32 = 0;
  for (let slot = start; slot < node.neighbourSlots && rows < PAGE_ROWS; slot++) {
    const entry = neighbourSlot(node, slot);
    if (entry.state === 0) continue;
    const row = ROWS + rows * 32;
    store<u32>(row, slot);
    store<u32>(row + 4, entry.ip);
    store<u64>(row + 8, wireOrder(entry.mac));
    store<u32>(row + 16, entry.port);
    store<u32>(row + 20, entry.cause);
    store<u32>(row + 24, entry.state === RESOLVED ? 1 : 0);
    store<u32>(row + 28, entry.frames);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readDropRuns(start: u32): usize {
  let rows: u32 = 0;
  for (let slot = start; slot < header().dropRunSize && rows < PAGE_ROWS; slot++) {
    const run = dropRunAt(slot);
    if (run.used === 0) continue;
    const row = ROWS + rows * 48;
    store<u32>(row, slot);
    store<u32>(row + 4, run.port);
    store<u32>(row + 8, run.reason);
    store<u32>(row + 12, run.cause);
    store<u64>(row + 16, run.count);
    store<u64>(row + 24, run.firstNs);
    store<u64>(row + 32, run.lastNs);
    store<u64>(row + 40, run.total);
    rows++;
  }
  return listOf(ROWS, rows);
}

export function readNic(id: u32): usize {
  const nic = nicOf(nodeAt(id));
  store<u32>(RECORD, nic.flags);
  store<u32>(RECORD + 4, nic.modeCause);
  store<u32>(RECORD + 8, nic.filterCause);
  store<u32>(RECORD + 12, nic.multicastCause);
  store<u64>(RECORD + 16, nic.spoofed);
  return RECORD;
}

export function readPool(id: u32): usize {
  const pool = poolOf(portAt(id));
  store<u32>(RECORD, pool.flags);
  store<u32>(RECORD + 4, pool.portVlan);
  store<u32>(RECORD + 8, pool.queues);
  store<u32>(RECORD + 12, pool.enabledQueues);
  store<u32>(RECORD + 16, pool.lastHash);
  store<u32>(RECORD + 20, pool.linkCause);
  store<u32>(RECORD + 24, pool.filterCause);
  store<u32>(RECORD + 28, pool.vlanCause);
  store<u32>(RECORD + 32, pool.spoofCause);
  store<u32>(RECORD + 36, pool.modeCause);
  store<u32>(RECORD + 40, pool.queueCause);
  return RECORD;
}

export function readQueueFrames(id: u32, queue: u32): u64 {
  return queue < <u32>L.QUEUES_MAX ? load<u64>(queueFrames(poolOf(portAt(id)), queue)) : 0;
}

export function readFilters(id: u32, start: u32): usize {
  const nic = nicOf(nodeAt(id));
  let rows: u32 = 0;
  for (let slot = start; slot < nic.filterCount && rows < PAGE_ROWS; slot++) {
    const filter = filterAt(nic, slot);
    const row = ROWS + rows * 24;
    store<u32>(row, slot);
    store<u32>(row + 4, filter.port);
    store<u64>(row + 8, wireOrder(filter.mac));
    store<u32>(row + 16, filter.cause);
    rows++;
  }
  return listOf(ROWS, rows);
}

/** VLANs of a function; a member of VLAN 0 takes untagged frames. */
export function readPoolVlans(id: u32): usize {
  const pool = poolOf(portAt(id));
  let rows: u32 = 0;
  for (let vid: u32 = 0; vid < <u32>L.VLAN_TRUNK; vid++) {
    if (inVlan(pool, vid)) store<u32>(ROWS + 4 * rows++, vid);
  }
  return listOf(ROWS, rows);
}

export function readMulticast(id: u32): usize {
  const nic = nicOf(nodeAt(id));
  let rows: u32 = 0;
  for (let vector: u32 = 0; vector < 4096; vector++) {
    if (hasMulticastBit(nic, vector)) store<u32>(ROWS + 4 * rows++, vector);
  }
  return listOf(ROWS, rows);
}
