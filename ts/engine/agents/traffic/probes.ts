/**
 * Probes of a load balancer (rule HA-22): a cloud's router asks the next hops of its routes whether they live, one interval after the other. One
 * that leaves some unanswered in a row gets no packets; one answer makes it healthy again. Which next hop a packet takes is asm/decide/balance.ts.
 *
 * Decision someone may dispute: Azure and Google probe by TCP or HTTP, from an address of their own; firewalls here have nobody who listens, so probes are
 * ICMP echo requests from the router's address. All next hops are healthy when the lab begins.
 */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf } from '../../../model/lab/endpoint.ts';
import { type LabIndex, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { Router } from '../../../model/lab/nodes.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { named } from '../../../values/named.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { emitIcmpEcho, type IcmpEcho } from '../../../wire/icmp.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import type { ProbeTarget } from '../../turn/probing.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { ipv4Defaults } from '../neighbours/icmp.ts';
import { sourceFor } from './source.ts';

/** Identifier of its requests: those of heartbeats are groups, those of pings have the highest bit. */
const PROBE_ID = 0x4000;
/** Filled in by the node that sends. */
const UNADDRESSED = '00:00:00:00:00:00' as Mac;

/** A load balancer starts. */
export function startProbes(turn: Turn, node: string, cause: Position): void {
  if (balancerNamed(turn.index, node) === null) return;
  turn.memory(node).probes = { cause, seq: 0, targets: named() };
  turn.wake(node, 'probe', turn.nowNs);
}

/** An interval is over: what was not answered counts, and the next probes leave. */
export function probeTick(turn: Turn, node: string): void {
  const router = balancerNamed(turn.index, node);
  const memory = turn.memory(node).probes;
  if (router?.loadBalancer === undefined || memory === null) return;
  const { intervalNs, failures } = router.loadBalancer;
  memory.seq = (memory.seq + 1) & 0xffff;
  for (const ip of new Set(router.routes.map(({ via }) => via))) {
    const target = memory.targets[ip] ?? newTarget(turn, memory.cause);
    memory.targets[ip] = target;
    if (target.awaiting !== null) countMiss(turn, node, ip, target, intervalNs, failures);
    target.awaiting = memory.seq;
    sendProbe(turn, node, ip, memory.seq, memory.cause);
  }
  turn.wake(node, 'probe', turn.nowNs + intervalNs);
}

/** An echo reply reached a node. False when it answers no probe of it. */
export function probeAnswered(turn: Turn, node: string, from: Ipv4, { id, seq }: IcmpEcho, cause: Position): boolean {
  const target = turn.memory(node).probes?.targets[from];
  if (id !== PROBE_ID || target === undefined) return false;
  if (target.awaiting !== seq) return true;
  Object.assign(target, { awaiting: null, misses: 0, heard: { position: turn.state.changedAt, cause } });
  if (!isHealthy(turn, node, from)) turn.say('ProbeTargetChanged', cause, { node, ip: from, healthy: true });
  return true;
}

function countMiss(turn: Turn, node: string, ip: Ipv4, target: ProbeTarget, intervalNs: number, failures: number): void {
  if (target.misses === 0) Object.assign(target, { missedSinceNs: turn.nowNs - intervalNs, missedAt: turn.state.changedAt });
  target.misses++;
  if (target.misses < failures || !isHealthy(turn, node, ip)) return;
  turn.say('ProbeTargetChanged', causeOf(turn, node, ip, target), { node, ip, healthy: false });
}

function causeOf(turn: Turn, node: string, ip: Ipv4, { heard, missedSinceNs, missedAt }: ProbeTarget): Position {
  const source = sourceFor(turn.index, node, ip);
  const from = ownerOf(turn.index, ip);
  if (source === null || from === undefined) return heard.cause;
  const at = endpointOf(source.iface);
  const { position, cause } = heard;
  return causeOfSilence(turn, {
    at,
    from,
    heard: position,
    sinceNs: missedSinceNs,
    missedAt,
    isForStation: true,
    otherwise: cause,
  });
}

function sendProbe(turn: Turn, node: string, ip: Ipv4, seq: number, cause: Position): void {
  const source = sourceFor(turn.index, node, ip);
  if (source === null) return;
  const echo = emitIcmpEcho({ kind: 'request', id: PROBE_ID, seq, payload: new Uint8Array(0) });
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: source.address, dst: ip, payload: echo });
  const frame = emitEthernet({ dst: UNADDRESSED, src: UNADDRESSED, etherType: ETHERTYPE.ipv4, payload: packet });
  turn.route(endpointOf(source.iface), padToMinimum(frame), cause);
}

function newTarget(turn: Turn, cause: Position): ProbeTarget {
  const heard = { position: turn.state.changedAt, cause };
  return { awaiting: null, misses: 0, missedSinceNs: 0, missedAt: 0, heard };
}

function isHealthy({ index }: Turn, node: string, ip: Ipv4): boolean {
  return balancerNamed(index, node)?.routes.some(({ via, isUnhealthy }) => via === ip && isUnhealthy === true) !== true;
}

function balancerNamed(index: LabIndex, node: string): Router | null {
  const router = nodeNamed(index, node);
  return router?.kind === 'router' && router.loadBalancer !== undefined ? router : null;
}

function ownerOf({ lab }: LabIndex, ip: Ipv4): Endpoint | undefined {
  const iface = lab.interfaces.find(({ ipv4 }) => ipv4.some(({ address }) => address === ip));
  return iface === undefined ? undefined : endpointOf(iface);
}
