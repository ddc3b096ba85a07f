/**
 * Pings on demand: echo requests of ICMP (RFC 792) or ICMPv6 (RFC 4443) that leave as any packet of the node does, by its routes and neighbours.
 *
 *   request 1     request 2     …     request N              the end
 *   ├─ interval ──┼─ interval ──┤     ├────── ANSWER_WAIT_NS ──┤        or earlier, with the last answer
 *
 * Decision someone may dispute: an answer counts until the series ends, however late it is; a duplicate does not.
 */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf } from '../../../model/lab/endpoint.ts';
import { parseIpv4 } from '../../../values/ipv4-address.ts';
import { isIpv6 } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { emitIcmpEcho, type IcmpEcho } from '../../../wire/icmp.ts';
import { emitIcmp6Echo } from '../../../wire/icmp6.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import { emitIpv6Packet, NEXT_HEADER } from '../../../wire/ipv6.ts';
import type { Pinging } from '../../turn/ping-memory.ts';
import { AGENT_COST_NS, type Turn } from '../../turn/turn.ts';
import { ipv4Defaults } from '../neighbours/icmp.ts';
import { sourceFor } from './source.ts';
import { sourceFor6 } from './source6.ts';

/** How long the end of a series waits for answers after its last request. */
const ANSWER_WAIT_NS = 2_000_000_000;
/** Identifiers with this bit are of pings: those of HA heartbeats are groups, 1 to 63. */
const PING_ID = 0x8000;
/** Filled in by the node that sends. */
const UNADDRESSED = '00:00:00:00:00:00' as Mac;

export interface PingSettings {
  /** Of either family. */
  readonly ip: string;
  readonly count: number;
  readonly size: number;
  readonly intervalNs: number;
}

/** A node begins a series; its first request leaves at once. */
export function startPing(turn: Turn, node: string, { ip, count, size, intervalNs }: PingSettings, cause: Position): void {
  const { pings } = turn.memory(node);
  pings.push({
    id: PING_ID | (cause & 0x7fff),
    ip,
    count,
    size,
    intervalNs,
    cause,
    sent: 0,
    nextNs: turn.nowNs,
    unanswered: {},
    answered: 0,
    minNs: 0,
    maxNs: 0,
    sumNs: 0,
  });
  pingTick(turn, node);
}

/** Sends what is due, ends what has waited long enough, and sets the alarm for the rest. */
export function pingTick(turn: Turn, node: string): void {
  const memory = turn.memory(node);
  for (const ping of [...memory.pings]) {
    if (ping.nextNs > turn.nowNs) continue;
    if (ping.sent < ping.count) sendRequest(turn, node, ping);
    else finish(turn, node, ping);
  }
  wake(turn, node);
}

function wake(turn: Turn, node: string): void {
  const due = turn.memory(node).pings.map(({ nextNs }) => nextNs);
  turn.wake(node, 'ping', due.length === 0 ? null : Math.min(...due));
}

function sendRequest(turn: Turn, node: string, ping: Pinging): void {
  ping.sent++;
  ping.unanswered[ping.sent] = turn.nowNs + AGENT_COST_NS;
  ping.nextNs = turn.nowNs + (ping.sent < ping.count ? ping.intervalNs : ANSWER_WAIT_NS);
  const request = isIpv6(ping.ip) ? request6(turn, node, ping) : request4(turn, node, ping);
  if (request === null) return;
  const { from, etherType, packet } = request;
  const frame = emitEthernet({ dst: UNADDRESSED, src: UNADDRESSED, etherType, payload: packet });
  turn.route(from, padToMinimum(frame), ping.cause);
}

interface Request {
  readonly from: Endpoint;
  readonly etherType: number;
  readonly packet: Uint8Array;
}

/** Null without a route, as a lease or a commit may have left it. */
function request4(turn: Turn, node: string, { id, sent: seq, size, ip }: Pinging): Request | null {
  const dst = parseIpv4(ip);
  const source = dst === null ? null : sourceFor(turn.index, node, dst);
  if (dst === null || source === null) return null;
  const payload = emitIcmpEcho({ kind: 'request', id, seq, payload: new Uint8Array(size) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: source.address, dst, payload });
  return { from: endpointOf(source.iface), etherType: ETHERTYPE.ipv4, packet };
}

function request6(turn: Turn, node: string, { id, sent: seq, size, ip }: Pinging): Request | null {
  const source = isIpv6(ip) ? sourceFor6(turn.index, turn.state, node, ip) : null;
  if (!isIpv6(ip) || source === null) return null;
  const ends = { src: source.address, dst: ip };
  const payload = emitIcmp6Echo({ kind: 'request', id, seq, payload: new Uint8Array(size) }, ends);
  const packet = emitIpv6Packet({ trafficClass: 0, flowLabel: 0, nextHeader: NEXT_HEADER.icmp6, hopLimit: 64, ...ends, payload });
  return { from: endpointOf(source.iface), etherType: ETHERTYPE.ipv6, packet };
}

/** An echo reply reached a node. False when it answers no ping of it. */
export function pingAnswered(
  turn: Turn,
  node: string,
  from: string,
  { id, seq }: Pick<IcmpEcho, 'id' | 'seq'>,
  cause: Position,
): boolean {
  const ping = turn.memory(node).pings.find((one) => one.id === id && one.ip === from);
  const sentNs = ping?.unanswered[seq];
  if (ping === undefined || sentNs === undefined) return (id & PING_ID) !== 0;
  delete ping.unanswered[seq];
  const afterNs = turn.nowNs - sentNs;
  ping.minNs = ping.answered === 0 ? afterNs : Math.min(ping.minNs, afterNs);
  ping.maxNs = Math.max(ping.maxNs, afterNs);
  ping.sumNs += afterNs;
  ping.answered++;
  turn.say('PingAnswered', cause, { node, ip: ping.ip, seq, afterNs });
  if (ping.answered === ping.count) finish(turn, node, ping);
  wake(turn, node);
  return true;
}

function finish(turn: Turn, node: string, ping: Pinging): void {
  const memory = turn.memory(node);
  memory.pings = memory.pings.filter((one) => one !== ping);
  const { ip, sent, answered, minNs, maxNs, sumNs } = ping;
  const meanNs = answered === 0 ? 0 : Math.floor(sumNs / answered);
  turn.say('PingFinished', ping.cause, { node, ip, sent, answered, minNs, meanNs, maxNs });
}
