/** The control door sets a lab up: it lays the region out, then configures nodes, ports, lines and flows, once each. */
import { joinAggregate } from '../decide/aggregate';
import { joinBond } from '../decide/bond';
import { joinVlanObject } from '../decide/layer2';
import { changeAddress, reserveAddresses } from '../decide/port-addresses';
import { addRoute as insertRoute, VIA_CONNECTED, VIA_LOCAL } from '../decide/routes';
import { joinParent } from '../decide/subinterface';
import { allowTags as allow, joinWire } from '../decide/virtual-wire';
import { knowsGuests, refreshStatic, sumUpPorts } from '../decide/vswitch-ports';
import { wireOrder } from '../frame/ethernet';
import { flowAt } from '../frame/flow-record';
import { lineAt } from '../frame/line';
import { makeTcp } from '../frame/tcp-record';
import * as L from '../memory/layout';
import { nodeAt } from '../memory/node';
import { join, portAt } from '../memory/port';
import { initQueue } from '../memory/queue';
import { FDB_BYTES, header, layOut as layOutRegion, NEIGHBOUR_BYTES, ROUTE_BYTES, SIZES, Sizes } from '../memory/region';
import { armFlow } from '../run/generate';
import { NO_SUCH_FLOW, NO_SUCH_LINE, NO_SUCH_NODE, NO_SUCH_PORT, OK, OUT_OF_MEMORY, resultOf, TABLE_FULL } from './abi';
import { nodeExists, portExists } from './exists';

/** As good as never, and no sum with a time overflows. */
const AGEING_MAX_NS: u64 = 1 << 62;

export function layOut(
  nodes: u32,
  ports: u32,
  lines: u32,
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
  sizes.lines = lines;
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
  node.routeCause = 1;
  node.powerCause = 1;
  node.haCause = 1;
  node.gateCause = 1;
  node.forwardsSince = 1;
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
  port.line = L.NONE;
  port.flags = flags;
  port.vlan = vlan;
  port.mtu = mtu;
  port.frameMax = frameMax;
  port.mtuCause = cause;
  const own = wireOrder(mac);
  port.initialMac = own;
  port.effectiveMac = own;
  port.usedMac = own;
  port.learnLimit = learnLimit;
  port.linkCause = cause;
  port.policyCause = cause;
  port.macCause = cause;
  port.effectiveCause = cause;
  port.guestCause = cause;
  if (knowsGuests(nodeAt(node), port)) {
    refreshStatic(nodeAt(node), vlan, own, 1);
  }
  if (nodeAt(node).kind === <u32>L.NODE_VSWITCH) sumUpPorts(nodeAt(node));
  return resultOf(OK);
}

export function configureLine(
  id: u32,
  source: u32,
  target: u32,
  psPerByte: u64,
  latencyNs: u64,
  queueNs: u64,
  cause: u32,
  seed: u64,
): usize {
  if (id >= header().lineCount) return resultOf(NO_SUCH_LINE);
  if (!portExists(source) || !portExists(target)) return resultOf(NO_SUCH_PORT);
  const line = lineAt(id);
  line.from = source;
  line.to = target;
  line.psPerByte = psPerByte;
  line.latencyNs = latencyNs;
  line.queueNs = queueNs;
  line.cause = cause;
  line.random = scramble(seed);
  portAt(source).line = id;
  return resultOf(OK);
}

export function configureMember(port: u32, aggregate: u32, lacp: bool): usize {
  if (!portExists(port) || !portExists(aggregate)) return resultOf(NO_SUCH_PORT);
  joinAggregate(port, aggregate, lacp);
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

/** Makes a flow that is configured already one of TCP segments. */
export function configureTcp(id: u32): usize {
  if (id >= header().flowCount) return resultOf(NO_SUCH_FLOW);
  if (!makeTcp(flowAt(id))) return resultOf(OUT_OF_MEMORY);
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

export function configurePortAddresses(id: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  return resultOf(reserveAddresses(portAt(id)) ? OK : OUT_OF_MEMORY);
}

export function setPortAddress(id: u32, mac: u64, present: bool, cause: u32): usize {
  if (!portExists(id) || portAt(id).tagsAt === 0) return resultOf(NO_SUCH_PORT);
  return resultOf(changeAddress(portAt(id), wireOrder(mac), present, cause) ? OK : TABLE_FULL);
}

export function configureBond(id: u32, first: u32): usize {
  if (!portExists(id) || !portExists(first)) return resultOf(NO_SUCH_PORT);
  return resultOf(joinBond(nodeAt(portAt(id).node), portAt(id), first) ? OK : OUT_OF_MEMORY);
}

export function configureSubinterface(id: u32, parent: u32): usize {
  if (!portExists(id) || !portExists(parent)) return resultOf(NO_SUCH_PORT);
  return resultOf(joinParent(id, parent) ? OK : OUT_OF_MEMORY);
}

export function configureLayer2(id: u32, object: u32): usize {
  if (!portExists(id)) return resultOf(NO_SUCH_PORT);
  joinVlanObject(portAt(id), object);
  return resultOf(OK);
}

export function configureWire(a: u32, b: u32): usize {
  if (!portExists(a) || !portExists(b)) return resultOf(NO_SUCH_PORT);
  return resultOf(joinWire(a, b) ? OK : OUT_OF_MEMORY);
}

export function allowTags(id: u32, first: u32, last: u32): usize {
  if (!portExists(id) || portAt(id).tagsAt === 0) return resultOf(NO_SUCH_PORT);
  allow(portAt(id), first, last);
  return resultOf(OK);
}

export function setDropTimer(timer: u32): void {
  header().dropTimer = timer;
}
