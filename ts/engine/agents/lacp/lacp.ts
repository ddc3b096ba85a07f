/**
 * Aggregates: which members are used. A static aggregate uses every member with carrier; with LACP both ends agree on each (machines.ts,
 * selection.ts). The aggregate has carrier while one of its members distributes.
 *
 * A unit of a pair that is not active speaks LACP only with pre-negotiation: else its links come up after a failover, when both ends have
 * agreed.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { type AggregateInterface, aggregateOf, aggregatesOf, membersOf } from '../../../model/lab/aggregates.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { type Lacp, PORT_PRIORITY_DEFAULT } from '../../../model/lab/lacp.ts';
import type { Mac } from '../../../values/mac.ts';
import { emitLacpFrame, type LacpInfo, parseLacpdu } from '../../../wire/lacp.ts';
import type { LacpPort } from '../../turn/memory.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { setCarrier } from '../ports/carrier.ts';
import {
  advance,
  disable,
  dueNs,
  enable,
  expire,
  hear,
  isCollecting,
  isSameEnd,
  NOBODY,
  newPort,
  stateOf,
  takeSending,
} from './machines.ts';
import { type Candidate, select } from './selection.ts';

type Reason = EventData['AggregateMemberChanged']['reason'];

/** A member that speaks LACP. */
interface Member {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly port: LacpPort;
}

/** Looks at all aggregates of a node: its timer went off, a member's carrier changed, or the node started, stopped or changed its role. */
export function settleAggregates(turn: Turn, node: string): void {
  for (const iface of aggregatesOf(turn.index, node)) settle(turn, iface);
  wakeAtNext(turn, node);
}

/** A frame of the slow protocols reached a member. */
export function handleLacp(turn: Turn, { node, name }: LabInterface, payload: Uint8Array, cause: Position): void {
  const iface = aggregateOf(turn.index, `${node}:${name}`);
  const lacp = iface?.aggregate.lacp;
  const pdu = parseLacpdu(payload);
  const member = iface === undefined ? undefined : membersWithPorts(turn, iface).find((one) => one.name === name);
  if (iface === undefined || lacp === undefined || pdu === null || member?.port.isEnabled !== true) return;
  const { port, endpoint } = member;
  const before = port.receive === 'current' ? port.partner : null;
  if (hear(port, infoOf(turn, lacp, member), pdu, turn.nowNs)) port.cause = cause;
  port.heard = { position: turn.state.changedAt, cause };
  port.heardNs = turn.nowNs;
  if (before === null || !isSameEnd(before, pdu.actor)) sayPartner(turn, iface, endpoint, port, 'heard');
  settle(turn, iface);
  wakeAtNext(turn, node);
}

function wakeAtNext(turn: Turn, node: string): void {
  const times = Object.values(turn.memory(node).lacp).map((port) => dueNs(port, turn.nowNs));
  const next = times.filter((ns) => ns !== null);
  turn.wake(node, 'lacp', next.length === 0 ? null : Math.min(...next));
}

function settle(turn: Turn, iface: AggregateInterface): void {
  const { lacp } = iface.aggregate;
  const changed = lacp === undefined ? settleStatic(turn, iface) : settleLacp(turn, iface, lacp);
  const isUp = membersOf(iface).some((member) => turn.state.aggregateMembers[member]?.isDistributing === true);
  if (changed !== null) setCarrier(turn, endpointOf(iface), isUp, changed);
  // After the news, which the frames are sent for.
  if (lacp !== undefined) for (const member of membersWithPorts(turn, iface)) transmit(turn, lacp, member);
}

// ── Static ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns the last AggregateMemberChanged; null when nothing changed. */
function settleStatic(turn: Turn, iface: AggregateInterface): Position | null {
  const { minLinks } = iface.aggregate;
  const members = membersOf(iface);
  const hasCarrier = (member: Endpoint) => turn.state.interfaces[member]?.isUp === true;
  const isEnough = members.filter(hasCarrier).length >= minLinks;
  const latest = members.reduce((cause, one) => turn.later(cause, turn.state.interfaces[one]?.carrierSince ?? 1), 1);
  const said = members.map((member) => {
    const isUsed = isEnough && hasCarrier(member);
    const cause = isEnough ? (turn.state.interfaces[member]?.carrierSince ?? 1) : latest;
    return sayMember(
      turn,
      iface,
      member,
      isUsed,
      isUsed,
      isUsed ? 'joined' : hasCarrier(member) ? 'min-links' : 'no-carrier',
      cause,
    );
  });
  return lastOf(said);
}

// ── LACP ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** @returns the last AggregateMemberChanged; null when nothing changed. */
function settleLacp(turn: Turn, iface: AggregateInterface, lacp: Lacp): Position | null {
  const { minLinks } = iface.aggregate;
  const members = membersWithPorts(turn, iface);
  const isSpoken = speaksLacp(turn, iface.node, lacp);
  for (const { endpoint, port } of members) {
    followCarrier(turn, endpoint, port, isSpoken);
    const end = expire(port, turn.nowNs);
    if (end === null) continue;
    port.cause = silenceOf(turn, endpoint, port);
    sayPartner(turn, iface, endpoint, port, end);
  }
  const ports = members.map(({ port }) => port);
  select(
    members.map((member): Candidate => ({ ...member, own: infoOf(turn, lacp, member) })),
    lacp,
    turn.nowNs,
  );
  advance(ports, minLinks, turn.nowNs);
  const latest = ports.reduce((cause, port) => turn.later(cause, port.cause), 1);
  const said = members.map(({ endpoint, port }) => {
    const reason = reasonOf(turn, endpoint, port, isSpoken);
    // What another member did brings these about.
    const cause = reason === 'min-links' || reason === 'not-selected' ? latest : port.cause;
    const position = sayMember(turn, iface, endpoint, isCollecting(port), port.mux === 'distributing', reason, cause);
    if (position !== null) port.cause = position;
    return position;
  });
  return lastOf(said);
}

/** Rule of pre-negotiation: the active unit speaks, or any that was told to. A node without power does not. */
function speaksLacp(turn: Turn, node: string, { preNegotiation }: Lacp): boolean {
  const ha = turn.state.ha[node];
  return turn.state.nodes[node]?.power === 'running' && (ha === undefined || ha.state === 'active' || preNegotiation === true);
}

function followCarrier(turn: Turn, endpoint: Endpoint, port: LacpPort, isSpoken: boolean): void {
  const { node } = splitEndpoint(endpoint);
  const { interfaces, nodes, ha } = turn.state;
  const isEnabled = isSpoken && interfaces[endpoint]?.isUp === true;
  if (isEnabled === port.isEnabled) return;
  port.cause = turn.later(interfaces[endpoint]?.carrierSince ?? 1, turn.later(nodes[node]?.since ?? 1, ha[node]?.since ?? 1));
  if (isEnabled) enable(port, turn.nowNs);
  else disable(port);
}

function silenceOf(turn: Turn, endpoint: Endpoint, { heard, heardNs }: LacpPort): Position {
  const from = turn.index.peers.get(endpoint) ?? endpoint;
  return causeOfSilence(turn, { at: endpoint, from, heard: heard.position, sinceNs: heardNs, otherwise: heard.cause });
}

function reasonOf(turn: Turn, endpoint: Endpoint, port: LacpPort, isSpoken: boolean): Reason {
  if (port.mux === 'distributing') return 'joined';
  if (!isSpoken) return 'not-negotiating';
  if (turn.state.interfaces[endpoint]?.isUp !== true) return 'no-carrier';
  if (port.receive !== 'current') return 'partner-silent';
  if (port.selected !== 'selected') return 'not-selected';
  return port.isPartnerInSync && port.mux === 'attached' ? 'min-links' : 'partner-not-ready';
}

function transmit(turn: Turn, lacp: Lacp, member: Member): void {
  const { port, endpoint } = member;
  if (!takeSending(port, lacp.mode, turn.nowNs)) return;
  const own = turn.state.interfaces[endpoint]?.usedMac ?? '';
  const pdu = { actor: infoOf(turn, lacp, member), partner: port.partner ?? NOBODY, collectorMaxDelay: 0 };
  // A port of a switch has no MAC of its own.
  turn.send(endpoint, emitLacpFrame(own === '' ? lacp.system : (own as Mac), pdu), port.cause);
}

/** What a member says of itself. Ports are numbered from 1, in the lab's order. */
function infoOf(turn: Turn, lacp: Lacp, { endpoint, name, port }: Member): LacpInfo {
  const { node } = splitEndpoint(endpoint);
  const number = (turn.index.byNode.get(node) ?? []).findIndex((one) => one.name === name) + 1;
  return {
    systemPriority: lacp.systemPriority,
    system: lacp.system,
    key: lacp.key,
    portPriority: lacp.portPriorities[name] ?? PORT_PRIORITY_DEFAULT,
    port: number,
    state: stateOf(port, lacp),
  };
}

/** The members with what they remember, which begins here. */
function membersWithPorts(turn: Turn, iface: AggregateInterface): readonly Member[] {
  const { lacp } = turn.memory(iface.node);
  return membersOf(iface).map((endpoint) => {
    const { name } = splitEndpoint(endpoint);
    lacp[name] ??= newPort();
    return { endpoint, name, port: lacp[name] };
  });
}

// ── Events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Records whether a member is used; null when that is on record. */
function sayMember(
  turn: Turn,
  { node, name: aggregate }: AggregateInterface,
  member: Endpoint,
  collecting: boolean,
  distributing: boolean,
  reason: Reason,
  cause: Position,
): Position | null {
  const now = turn.state.aggregateMembers[member];
  if (now === undefined || (now.isCollecting === collecting && now.isDistributing === distributing)) return null;
  const { name } = splitEndpoint(member);
  return turn.say('AggregateMemberChanged', cause, { node, aggregate, interface: name, collecting, distributing, reason });
}

/** Records what is known of a member's partner now; the port is what it is because of it. */
function sayPartner(
  turn: Turn,
  { node, name: aggregate }: AggregateInterface,
  member: Endpoint,
  port: LacpPort,
  state: EventData['LacpPartnerChanged']['state'],
): void {
  const { system, systemPriority, key, port: number, portPriority } = port.partner ?? { ...NOBODY, system: '' };
  const { name } = splitEndpoint(member);
  const data = { node, aggregate, interface: name, system, systemPriority, key, port: number, portPriority, state };
  port.cause = turn.say('LacpPartnerChanged', port.cause, data);
}

function lastOf(positions: readonly (Position | null)[]): Position | null {
  return positions.reduce((last, one) => one ?? last, null);
}
