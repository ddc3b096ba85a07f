/**
 * Pings on demand: ICMP echo requests (RFC 792) that leave as any packet of the node does, by its routes and neighbours.
 *
 *   request 1     request 2     …     request N              the end
 *   ├─ interval ──┼─ interval ──┤     ├────── ANSWER_WAIT_NS ──┤        or earlier, with the last answer
 *
 * Decision someone may dispute: an answer counts until the series ends, however late it is; a duplicate does not.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import { type Ipv4, parseIpv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { emitIcmpEcho, type IcmpEcho } from '../../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import type { Pinging } from '../../turn/memory.ts';
import { AGENT_COST_NS, type Turn } from '../../turn/turn.ts';
import { ipv4Defaults } from '../neighbours/icmp.ts';
import { sourceFor } from './source.ts';

/** How long the end of a series waits for answers after its last request. */
const ANSWER_WAIT_NS = 2_000_000_000;
/** Identifiers with this bit are of pings: those of HA heartbeats are groups, 1 to 63. */
const PING_ID = 0x8000;
/** Filled in by the node that sends. */
const UNADDRESSED = '00:00:00:00:00:00' as Mac;

export interface PingSettings {
  readonly ip: Ipv4;
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
  const dst = parseIpv4(ping.ip);
  const source = dst === null ? null : sourceFor(turn.index, node, dst);
  if (dst === null || source === null) return;
  const echo = emitIcmpEcho({ kind: 'request', id: ping.id, seq: ping.sent, payload: new Uint8Array(ping.size) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: source.address, dst, payload: echo });
  const frame = emitEthernet({ dst: UNADDRESSED, src: UNADDRESSED, etherType: ETHERTYPE.ipv4, payload: packet });
  turn.route(endpointOf(source.iface), padToMinimum(frame), ping.cause);
}

/** An echo reply reached a node. False when it answers no ping of it. */
export function pingAnswered(turn: Turn, node: string, from: Ipv4, { id, seq }: IcmpEcho, cause: Position): boolean {
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
