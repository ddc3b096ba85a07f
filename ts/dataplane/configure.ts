/**
 * A lab into linear memory: nodes, ports, links, routes and flows as `LabDefined` says, everything caused by position 1.
 * What events change afterwards is ts/engine/project/project.ts.
 */

import * as A from '../../asm/memory/arp-layout.ts';
import * as L from '../../asm/memory/layout.ts';
import * as TCP from '../../asm/memory/tcp-layout.ts';
import * as T from '../../asm/memory/team-layout.ts';
import { startsWithoutCarrier } from '../model/lab/aggregates.ts';
import { awaitingGuests } from '../model/lab/attachments.ts';
import { bridgesOf, wireOf } from '../model/lab/bridge.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import { addressesAtFirst } from '../model/lab/fabric.ts';
import type { LabInterface, PortSecurity } from '../model/lab/interfaces.ts';
import { planIo } from '../model/lab/io-plan.ts';
import { interfaceAt, type LabIndex, MANAGEMENT, nodeNamed, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import { servesDhcp, snoopingOf } from '../model/lab/leases.ts';
import type { LabNode, MacLearning, VSwitch } from '../model/lab/nodes.ts';
import { PPPOE_BYTES } from '../model/lab/pppoe.ts';
import { endsSessions } from '../model/lab/pppoe-ends.ts';
import { isSubinterface, lineOwnerOf } from '../model/lab/subinterface.ts';
import { defineIpv6, noIpv6 } from '../model/state/ipv6-state.ts';
import { type Ipv4, ipv4ToNumber } from '../values/ipv4-address.ts';
import { type Mac, macToNumber, parseMac } from '../values/mac.ts';
import { configureAggregates, configureBond } from './configure-aggregates.ts';
import { configureFlows } from './configure-flows.ts';
import { configureGroups } from './configure-groups.ts';
import { configureIo, reserveIo } from './configure-io.ts';
import { configureIpv6, hasIpv6, routes6Max } from './configure-ipv6.ts';
import { configureLink } from './configure-lines.ts';
import { configureNic } from './configure-nic.ts';
import { configureAddresses, configureRoutes } from './configure-routes.ts';
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

/** Lays memory out for a lab and configures all of it. */
export function configure(dataplane: Dataplane, index: LabIndex, traceBytes = 0): void {
  const { lab } = index;
  dataplane.layOut(regionSizes(index, traceBytes));
  dataplane.control.setDropTimer(dropTimer(lab));
  for (const node of lab.nodes) configureNode(dataplane, index, node);
  const down = startsWithoutCarrier(lab);
  for (const iface of lab.interfaces) configurePort(dataplane, index, iface, !down.has(lineOwnerOf(iface)));
  for (const port of awaitingGuests(lab)) dataplane.control.setVacant(portOf(index, port), true);
  for (const node of lab.nodes) if (node.kind === 'nic') configureNic(dataplane, index, node);
  for (const iface of lab.interfaces) configureBond(dataplane, index, iface);
  configureAggregates(dataplane, index);
  for (const node of lab.nodes) if (node.kind === 'firewall') configureModes(dataplane, index, node.name);
  lab.links.forEach((link, i) => {
    if (index.links.get(link.a) === i) configureLink(dataplane, index, link, i, DEFINITION);
  });
  for (const node of lab.nodes) configureAddresses(dataplane, index, node.name);
  configureGroups(dataplane, index);
  for (const iface of lab.interfaces) {
    if (iface.macs !== undefined) dataplane.control.configurePortAddresses(portOf(index, endpointOf(iface)));
  }
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
  const addresses = noIpv6();
  defineIpv6(addresses, lab);
  for (const { name } of lab.nodes) {
    if (!hasIpv6(index, name)) continue;
    dataplane.control.configureIpv6(nodeNumber(index, name), routes6Max(index, name));
    configureIpv6(dataplane, index, addresses, name, DEFINITION);
  }
  configureFlows(dataplane, index, DEFINITION);
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

/** Rule HA-19: of a unit whose pair has an HA2 link, or an HA port that a commit can make one. */
function syncTimerOf(index: LabIndex, node: string): number | null {
  const self = index.ha.get(node)?.self;
  const isPossible = (index.byNode.get(node) ?? []).some(({ mode, name }) => mode === 'ha' && name !== self?.ha1);
  return self === undefined || !isPossible ? null : timerNumber(nodeNumber(index, node), 'session-sync');
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
  if (node.kind === 'vswitch') flags |= teamFlags(node);
  if (node.kind === 'router' && node.loadBalancer !== undefined) flags |= T.NODE_BALANCES;
  if ('tellsNobody' in node && node.tellsNobody === true) flags |= T.NODE_TELLS_NOBODY;
  if (node.kind === 'firewall' && node.announcesJumbo === true) flags |= TCP.NODE_JUMBO;
  if (servesDhcp(node, index.byNode.get(node.name) ?? [])) flags |= L.NODE_SERVES_DHCP;
  if (snoopingOf(node) !== undefined) flags |= L.NODE_SNOOPS_DHCP;
  if (isFabric(node)) flags |= L.NODE_FABRIC;
  if (node.kind === 'host' && node.acceptUnsolicited) flags |= A.NODE_HEARS_ARP;
  return flags;
}

/** Rule VSW-16. */
function teamFlags({ teaming, probesBeacons }: VSwitch): number {
  const policies = { 'port-id': T.NODE_TEAM_PORT_ID, 'source-mac': T.NODE_TEAM_SOURCE_MAC, 'ip-hash': T.NODE_TEAM_IP_HASH };
  return (teaming === undefined ? 0 : policies[teaming]) | (probesBeacons === true ? T.NODE_BEACONS : 0);
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
  const mac =
    node?.kind === 'vswitch' || isFabric(node) ? guestMac(index, iface) : (iface.mac ?? parseMac(iface.vf?.adminMac ?? ''));
  dataplane.control.configurePort({
    id: portOf(index, endpointOf(iface)),
    node: nodeNumber(index, iface.node),
    portFlags: portFlagsOf(index, iface, isUp),
    vlan: iface.vlan,
    mtu: iface.mtu,
    frameMax: iface.mtu + L.ETHERNET_HEADER_BYTES + (endsSessions(index, iface) ? PPPOE_BYTES : 0),
    mac: BigInt(mac === null ? 0 : macToNumber(mac)),
    learnLimit: node?.kind === 'vswitch' ? (learningOf(node, iface)?.limit ?? 0) : 0,
    cause: DEFINITION,
  });
  if (iface.security) setSecurity(dataplane, index, endpointOf(iface), iface.security, DEFINITION);
  if (isSubinterface(iface))
    dataplane.control.configureSubinterface(portOf(index, endpointOf(iface)), portOf(index, lineOwnerOf(iface)));
}

function portFlagsOf(index: LabIndex, iface: LabInterface, isUp: boolean): number {
  const node = nodeNamed(index, iface.node);
  const flags =
    (isUp ? L.PORT_UP : 0) |
    (isOutsideHaGate(node, iface) ? L.PORT_HA : 0) |
    (iface.mode === 'tap' ? L.PORT_TAP : 0) |
    (iface.dhcp === undefined ? 0 : L.PORT_LEASED) |
    (endsSessions(index, iface) ? L.PORT_PPPOE : 0) |
    (iface.managementProfile === true ? TCP.PORT_ANSWERS_TCP : 0) |
    (snoopingOf(node)?.trusted.includes(iface.name) ? L.PORT_DHCP_TRUSTED : 0) |
    (node?.kind === 'vswitch' ? vswitchFlags(node, iface) : 0);
  // The highest flag makes the number negative.
  return flags >>> 0;
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

/** A port of a vSwitch or a fabric carries the addresses of the vNIC behind it: the host gave them out. */
function guestMac(index: LabIndex, iface: LabInterface): Mac | null {
  if (iface.mode === 'uplink') return null;
  const peer = index.peers.get(endpointOf(iface));
  return peer === undefined ? null : (interfaceAt(index, peer)?.mac ?? null);
}

/** Rule HA-22: a switch that knows by an API who has which address. */
function isFabric(node: LabNode | undefined): boolean {
  return node?.kind === 'switch' && node.fabric !== undefined;
}

/** A port's learning: its port group's, else the switch's. */
export function learningOf(node: VSwitch, iface: LabInterface): MacLearning | null {
  return iface.learning === undefined ? node.learning : iface.learning;
}

function vswitchFlags(node: VSwitch, iface: LabInterface): number {
  if (iface.mode === 'uplink') {
    const isActive = node.teaming === undefined ? node.uplinks[0] === iface.name : node.uplinks.includes(iface.name);
    return L.PORT_UPLINK | (isActive ? L.PORT_ACTIVE_UPLINK : 0);
  }
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

/** A switch that inspects ARP, and a fabric, keep their bindings in their neighbour table, on its first port. */
function configureInspection(dataplane: Dataplane, index: LabIndex, node: LabNode): void {
  if (node.kind === 'switch' && node.fabric !== undefined) {
    for (const [ip, mac] of addressesAtFirst(index.lab, node.name)) setBinding(dataplane, index, node.name, ip, mac, DEFINITION);
  }
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
