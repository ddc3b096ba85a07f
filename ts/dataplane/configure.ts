/**
 * A lab into linear memory: nodes, ports, links, routes and flows as `LabDefined` says, everything caused by position 1.
 * What events change afterwards is ts/engine/project/project.ts.
 */

import * as L from '../../asm/memory/layout.ts';
import { type AggregateInterface, isAggregate, membersOf, startsWithoutCarrier } from '../model/lab/aggregates.ts';
import { linkOf } from '../model/lab/attachments.ts';
import { bridgesOf, wireOf } from '../model/lab/bridge.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import { controlLinksOf } from '../model/lab/ha-pair.ts';
import type { LabInterface, PortSecurity } from '../model/lab/interfaces.ts';
import { planIo } from '../model/lab/io-plan.ts';
import {
  controlAddress,
  controlPort,
  interfaceAt,
  type LabIndex,
  MANAGEMENT,
  nodeNamed,
  nodeNumber,
  portOf,
} from '../model/lab/lab-index.ts';
import { type Impairment, type LabLink, UNIMPAIRED } from '../model/lab/links.ts';
import type { LabNode, MacLearning, VSwitch } from '../model/lab/nodes.ts';
import { isSubinterface, lineOwnerOf } from '../model/lab/subinterface.ts';
import { type Ipv4, ipv4ToNumber, prefixContains } from '../values/ipv4-address.ts';
import { type Mac, macToNumber, parseMac } from '../values/mac.ts';
import { configureFlows } from './configure-flows.ts';
import { configureIo, reserveIo } from './configure-io.ts';
import { configureNic } from './configure-nic.ts';
import { configureSessions } from './configure-sessions.ts';
import type { Dataplane } from './dataplane.ts';
import { dropTimer, regionSizes, tableSizes, timerNumber } from './sizing.ts';

/** Every table entry made by the definition itself is caused by the first event. */
const DEFINITION = 1;

const U64_MAX = 0xffff_ffff_ffff_ffffn;
/** How long a neighbour entry is used without asking (semantics, ARP profiles). On Linux the agent says it for each entry. */
export const REACHABLE_NS = { linux: 0n, 'vm-host': 30_000_000_000n, firewall: 1_800_000_000_000n, static: U64_MAX } as const;

/** Rule MODE-02: of a firewall's own table. */
export const FIREWALL_AGEING_NS = 1_800_000_000_000n;

/** The link-local networks of HA1 ports without an address: /30. */
const HA1_MASK = 0xffff_fffc;

const PS_PER_BIT_SECOND = 8e12;

/** Lays memory out for a lab and configures all of it. */
export function configure(dataplane: Dataplane, index: LabIndex, traceBytes = 0): void {
  const { lab } = index;
  dataplane.layOut(regionSizes(index, traceBytes));
  dataplane.control.setDropTimer(dropTimer(lab));
  for (const node of lab.nodes) configureNode(dataplane, index, node);
  const down = startsWithoutCarrier(lab);
  for (const iface of lab.interfaces) configurePort(dataplane, index, iface, !down.has(lineOwnerOf(iface)));
  for (const node of lab.nodes) if (node.kind === 'nic') configureNic(dataplane, index, node);
  for (const iface of lab.interfaces) configureBond(dataplane, index, iface);
  for (const iface of lab.interfaces) if (isAggregate(iface)) configureAggregate(dataplane, index, iface);
  for (const node of lab.nodes) if (node.kind === 'firewall') configureModes(dataplane, index, node.name);
  lab.links.forEach((link, i) => {
    if (index.links.get(link.a) === i) configureLink(dataplane, index, link, i, DEFINITION);
  });
  for (const node of lab.nodes) configureAddresses(dataplane, index, node.name);
  reserveIo(dataplane, index);
  for (const node of lab.nodes) {
    const plan = planIo(index, node, node.kind === 'firewall' ? node.packetIo : 'dpdk');
    if (plan !== null) configureIo(dataplane, index, node.name, plan, DEFINITION);
  }
  for (const node of lab.nodes) {
    if (node.kind === 'firewall') configureSessions(dataplane, index, node, syncTimerOf(index, node.name));
  }
  for (const node of lab.nodes) configureInspection(dataplane, index, node);
  for (const node of lab.nodes) configureRoutes(dataplane, index, node);
  configureFlows(dataplane, index, DEFINITION);
}

/** Addresses of a node's interfaces, and of those ports of HA that have none of their own. */
function configureAddresses(dataplane: Dataplane, index: LabIndex, node: string): void {
  for (const iface of index.byNode.get(node) ?? []) {
    for (const { address, prefix } of iface.ipv4) {
      dataplane.control.addAddress(portOf(index, endpointOf(iface)), ipv4ToNumber(address), maskOf(prefix));
    }
  }
  const unit = index.ha.get(node);
  if (unit === undefined) return;
  const { pair, self } = unit;
  for (const link of controlLinksOf(pair)) {
    const endpoint = controlPort(pair, self, link);
    const address = controlAddress(index, pair, self, link);
    if (address === null || interfaceAt(index, endpoint)?.ipv4.length !== 0) continue;
    dataplane.control.addAddress(portOf(index, endpoint), ipv4ToNumber(address), HA1_MASK);
  }
}

/** A firewall's addresses, routes and MTUs, as a commit left them. Only those that `paths` name are touched. */
export function reconfigure(dataplane: Dataplane, index: LabIndex, name: string, paths: readonly string[], cause: number): void {
  const node = nodeNamed(index, name);
  if (node === undefined) return;
  for (const iface of index.byNode.get(name) ?? []) {
    if (!paths.includes(`interface/${iface.name}/mtu`)) continue;
    dataplane.control.setMtu(portOf(index, endpointOf(iface)), iface.mtu, iface.mtu + L.ETHERNET_HEADER_BYTES, cause);
  }
  if (!paths.some((path) => path.startsWith('route/') || path.endsWith('/ipv4'))) return;
  dataplane.control.clearRoutes(nodeNumber(index, name), cause);
  configureAddresses(dataplane, index, name);
  configureRoutes(dataplane, index, node);
}

function configureNode(dataplane: Dataplane, index: LabIndex, node: LabNode): void {
  const tables = tableSizes(index, node);
  const ports = index.byNode.get(node.name) ?? [];
  const first = ports[0];
  dataplane.control.configureNode({
    id: nodeNumber(index, node.name),
    kind: nodeKind(node),
    nodeFlags: nodeFlags(index, node),
    firstPort: first === undefined ? 0 : portOf(index, endpointOf(first)),
    portCount: ports.length,
    fdbSlots: tables.fdbSlots,
    fdbLimit: tables.fdbLimit,
    ageingNs: ageingOf(index, node),
    routeMax: tables.routes,
    neighbourSlots: tables.neighbourSlots,
    reachableNs: 'arpProfile' in node ? REACHABLE_NS[node.arpProfile] : 0n,
  });
}

/** Rule HA-19: of a unit whose pair has an HA2 link. */
function syncTimerOf(index: LabIndex, node: string): number | null {
  return index.ha.get(node)?.pair.ha2 === undefined ? null : timerNumber(nodeNumber(index, node), 'session-sync');
}

function nodeKind(node: LabNode): number {
  if (node.kind === 'vswitch') return L.NODE_VSWITCH;
  if (node.kind === 'switch' || node.kind === 'bridge') return L.NODE_SWITCH;
  if (node.kind === 'nic') return L.NODE_NIC;
  return node.kind === 'hypervisor' ? L.NODE_NONE : L.NODE_LAYER3;
}

function nodeFlags(index: LabIndex, node: LabNode): number {
  let flags = 0;
  if (node.kind === 'firewall' || node.kind === 'router') flags |= passesOn(node);
  if (index.ha.has(node.name)) flags |= L.NODE_HA_MEMBER;
  if (node.kind === 'vswitch' && node.reversePathCheckPromisc) flags |= L.NODE_REVERSE_PATH_CHECK;
  return flags;
}

/** A firewall with zones passes packets on in sessions, and none without. */
function passesOn(node: LabNode): number {
  return node.kind === 'firewall' && node.sessions !== undefined ? L.NODE_SESSIONS : L.NODE_FORWARDS;
}

/** A switch has one ageing time: a vSwitch its own, or that of the first port group that learns where it does not itself. */
function ageingOf(index: LabIndex, node: LabNode): bigint {
  if (node.kind === 'switch' || node.kind === 'bridge') return BigInt(node.ageingNs);
  if (node.kind === 'firewall') return FIREWALL_AGEING_NS;
  if (node.kind !== 'vswitch') return U64_MAX;
  const ports = index.byNode.get(node.name) ?? [];
  const learning = [node.learning, ...ports.map((port) => learningOf(node, port))].find((one) => one !== null);
  return learning === undefined || learning === null ? U64_MAX : BigInt(learning.ageingNs);
}

function configurePort(dataplane: Dataplane, index: LabIndex, iface: LabInterface, isUp: boolean): void {
  const node = nodeNamed(index, iface.node);
  const mac = node?.kind === 'vswitch' ? guestMac(index, iface) : (iface.mac ?? parseMac(iface.vf?.adminMac ?? ''));
  dataplane.control.configurePort({
    id: portOf(index, endpointOf(iface)),
    node: nodeNumber(index, iface.node),
    portFlags:
      (isUp ? L.PORT_UP : 0) |
      (isOutsideHaGate(node, iface) ? L.PORT_HA : 0) |
      (iface.mode === 'tap' ? L.PORT_TAP : 0) |
      (node?.kind === 'vswitch' ? vswitchFlags(node, iface) : 0),
    vlan: iface.vlan,
    mtu: iface.mtu,
    frameMax: iface.mtu + L.ETHERNET_HEADER_BYTES,
    mac: BigInt(mac === null ? 0 : macToNumber(mac)),
    learnLimit: node?.kind === 'vswitch' ? (learningOf(node, iface)?.limit ?? 0) : 0,
    cause: DEFINITION,
  });
  if (iface.security) setSecurity(dataplane, index, endpointOf(iface), iface.security, DEFINITION);
  if (isSubinterface(iface))
    dataplane.control.configureSubinterface(portOf(index, endpointOf(iface)), portOf(index, lineOwnerOf(iface)));
}

/** Rule HST-02: the data plane knows a bond by its first member. */
function configureBond(dataplane: Dataplane, index: LabIndex, { node, name, bond }: LabInterface): void {
  const first = (index.byNode.get(node) ?? []).find((port) => port.bond !== undefined && port.bond === bond);
  if (first !== undefined) dataplane.control.configureBond(portOf(index, `${node}:${name}`), portOf(index, endpointOf(first)));
}

/** The members of an aggregate, in order. Those of a static one are used from the start. */
function configureAggregate(dataplane: Dataplane, index: LabIndex, iface: AggregateInterface): void {
  const isStatic = iface.aggregate.lacp === undefined;
  for (const member of membersOf(iface)) {
    dataplane.control.configureMember(portOf(index, member), portOf(index, endpointOf(iface)), !isStatic);
    if (isStatic) dataplane.control.setMember(portOf(index, member), true, true, DEFINITION);
  }
}

/** Rules MODE-02, MODE-04: VLAN objects, numbered from 1, and virtual wires of a firewall. */
function configureModes(dataplane: Dataplane, index: LabIndex, node: string): void {
  // A layer-2 interface that only its subinterfaces make part of something.
  for (const iface of index.byNode.get(node) ?? []) {
    if (iface.mode === 'layer2' && iface.bridge === undefined)
      dataplane.control.configureLayer2(portOf(index, endpointOf(iface)), 0);
  }
  [...bridgesOf(index, node).values()].forEach((members, number) => {
    const ports = members.map((iface) => portOf(index, endpointOf(iface)));
    const [first] = members;
    const [a, b] = ports;
    const wire = first === undefined ? undefined : wireOf(index, first);
    if (wire === undefined || a === undefined || b === undefined) {
      for (const port of ports) dataplane.control.configureLayer2(port, number + 1);
      return;
    }
    dataplane.control.configureWire(a, b);
    for (const [from, to] of wire.tags) dataplane.control.allowTags(a, from, to);
  });
}

export function setSecurity(dataplane: Dataplane, index: LabIndex, endpoint: string, security: PortSecurity, cause: number): void {
  const { trusted, arpPerSecond, macLimit, onViolation } = security;
  dataplane.control.setPortSecurity(portOf(index, endpoint), trusted, arpPerSecond, macLimit, onViolation === 'shutdown', cause);
}

/** HA ports and management work whatever the HA state is. */
function isOutsideHaGate(node: LabNode | undefined, iface: LabInterface): boolean {
  return iface.mode === 'ha' || (node?.kind === 'firewall' && iface.name === MANAGEMENT);
}

/** A vSwitch port carries the addresses of the vNIC behind it: the host gave them out. */
function guestMac(index: LabIndex, iface: LabInterface): Mac | null {
  if (iface.mode === 'uplink') return null;
  const peer = index.peers.get(endpointOf(iface));
  return peer === undefined ? null : (interfaceAt(index, peer)?.mac ?? null);
}

/** A port's learning: its port group's, else the switch's. */
export function learningOf(node: VSwitch, iface: LabInterface): MacLearning | null {
  return iface.learning === undefined ? node.learning : iface.learning;
}

function vswitchFlags(node: VSwitch, iface: LabInterface): number {
  if (iface.mode === 'uplink') return L.PORT_UPLINK | (node.uplinks[0] === iface.name ? L.PORT_ACTIVE_UPLINK : 0);
  const policy = { ...node.policy, ...iface.policy };
  const learning = learningOf(node, iface);
  return (
    (policy.promiscuous ? L.PORT_PROMISCUOUS : 0) |
    (policy.macChanges ? L.PORT_MAC_CHANGES : 0) |
    (policy.forgedTransmits ? L.PORT_FORGED : 0) |
    (learning !== null ? L.PORT_LEARNS : 0) |
    (learning?.flood ? L.PORT_FLOODS : 0) |
    (learning?.limitPolicy === 'drop' ? L.PORT_LIMIT_DROPS : 0)
  );
}

/** Plugs the cable of a device that was given away or given back (rule PCI-01). Frames on the way arrive where they were sent to. */
export function plugDevice(dataplane: Dataplane, index: LabIndex, device: string, cause: number): void {
  const number = index.links.get(device);
  const link = number === undefined ? undefined : index.lab.links[number];
  if (number !== undefined && link !== undefined) configureLink(dataplane, index, link, number, cause);
}

function configureLink(dataplane: Dataplane, index: LabIndex, link: LabLink, number: number, cause: number): void {
  const a = portOf(index, link.a);
  const b = portOf(index, link.b);
  const { psPerByte, latencyNs, queueNs } = lineOf(link, UNIMPAIRED);
  const seed = BigInt(link.seed ?? number);
  // Two directions, two streams of random numbers.
  const shared = { psPerByte, latencyNs, queueNs, cause };
  dataplane.control.configureLine({ ...shared, id: number * 2, source: a, target: b, seed: seed * 2n });
  dataplane.control.configureLine({ ...shared, id: number * 2 + 1, source: b, target: a, seed: seed * 2n + 1n });
  if (link.impairA) setLine(dataplane, index, link.a, link.impairA, cause);
  if (link.impairB) setLine(dataplane, index, link.b, link.impairB, cause);
}

/** Gives the direction that leaves an interface its impairment, on top of what its link is. */
export function setLine(dataplane: Dataplane, index: LabIndex, endpoint: string, impairment: Impairment, cause: number): void {
  const link = linkOf(index, endpoint);
  if (link === null) return;
  const { psPerByte, latencyNs, queueNs } = lineOf(link, impairment);
  const loss = fractionOf(impairment.lossPpm);
  const corruption = fractionOf(impairment.corruptionPpm);
  const jitterNs = BigInt(impairment.jitterNs);
  dataplane.control.setLine(portOf(index, endpoint), psPerByte, latencyNs, queueNs, jitterNs, loss, corruption, cause);
}

/** Rate in picoseconds per byte (rounded), latency, and the time the queue's bytes take. */
function lineOf(link: LabLink, { delayNs, rateBps }: Impairment): { psPerByte: bigint; latencyNs: bigint; queueNs: bigint } {
  const rate = rateBps === 0 ? link.rateBps : rateBps;
  const psPerByte = rate === 0 ? 0 : Math.round(PS_PER_BIT_SECOND / rate);
  const queueNs = Math.ceil((link.queueBytes * psPerByte) / 1000);
  return { psPerByte: BigInt(psPerByte), latencyNs: BigInt(link.latencyNs + delayNs), queueNs: BigInt(queueNs) };
}

/** Parts per million as a fraction of 2^32; certainty is the largest there is. */
function fractionOf(ppm: number): number {
  return Math.min(0xffff_ffff, Math.round((ppm * 2 ** 32) / 1_000_000));
}

/** A switch that inspects ARP keeps its bindings in its neighbour table, on its first port. */
function configureInspection(dataplane: Dataplane, index: LabIndex, node: LabNode): void {
  if ((node.kind !== 'switch' && node.kind !== 'bridge') || node.arpInspection === undefined) return;
  dataplane.control.setInspection(nodeNumber(index, node.name), true, DEFINITION);
  for (const { ip, mac } of node.arpInspection.bindings) setBinding(dataplane, index, node.name, ip, mac, DEFINITION);
}

/** Sets or removes (null) a binding of ARP inspection. */
export function setBinding(dataplane: Dataplane, index: LabIndex, node: string, ip: Ipv4, mac: Mac | null, cause: number): void {
  const first = index.byNode.get(node)?.[0];
  if (first === undefined) return;
  const port = portOf(index, endpointOf(first));
  if (mac === null) dataplane.control.removeNeighbour(port, ipv4ToNumber(ip), cause);
  else dataplane.control.setNeighbour(port, ipv4ToNumber(ip), BigInt(macToNumber(mac)), cause, 0);
}

function configureRoutes(dataplane: Dataplane, index: LabIndex, node: LabNode): void {
  if (!('routes' in node)) return;
  const id = nodeNumber(index, node.name);
  for (const route of node.routes) {
    const port = portTowards(index, node.name, route.via);
    if (port === null) continue;
    const mask = maskOf(route.network.prefix);
    dataplane.control.addRoute(id, (ipv4ToNumber(route.network.address) & mask) >>> 0, mask, ipv4ToNumber(route.via), port);
  }
}

/** The interface whose network holds a next hop. */
function portTowards(index: LabIndex, node: string, via: Ipv4): number | null {
  for (const iface of index.byNode.get(node) ?? []) {
    if (iface.ipv4.some((own) => prefixContains(own, via))) return portOf(index, endpointOf(iface));
  }
  return null;
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}
