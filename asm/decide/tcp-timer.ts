/**
 * The retransmission timer of a TCP flow (RFC 6298), and when the flow's slot has its next event.
 *
 * As Linux does, the smallest timeout is the round trip and 200 ms (net/ipv4/tcp_input.c, tcp_rtt_estimator: TCP_RTO_MIN is the least
 * value of the variation), where RFC 6298 rounds up to a second. The RFC's 4 * RTTVAR is what Linux keeps as rttvar.
 */
import { Flow, flowAt, keepRhythm } from '../frame/flow-record';
import { CLOSED, clientNode, ESTABLISHED, Tcp, tcpOf } from '../frame/tcp-record';
import { nodeAt } from '../memory/node';
import { schedule } from '../memory/queue';
import { header } from '../memory/region';
import { flowSlot, NEVER } from '../memory/slot';

/** RFC 6298, section 2.1; 5.7: after a SYN that was lost, until a round trip is measured. */
export const RTO_INITIAL_NS: u64 = 1_000_000_000;
const RTO_FALLBACK_NS: u64 = 3_000_000_000;
/** Linux: TCP_RTO_MIN and TCP_RTO_MAX. */
const RTO_MIN_NS: u64 = 200_000_000;
const RTO_MAX_NS: u64 = 120_000_000_000;

/** A round trip was measured (RFC 6298, sections 2.2 and 2.3: alpha is 1/8, beta 1/4). */
export function takeRoundTrip(tcp: Tcp, ns: u64): void {
  if (tcp.srttNs === 0) {
    tcp.srttNs = max<u64>(1, ns);
    tcp.rttVarNs = ns / 2;
  } else {
    const off = ns > tcp.srttNs ? ns - tcp.srttNs : tcp.srttNs - ns;
    tcp.rttVarNs = (3 * tcp.rttVarNs + off) / 4;
    tcp.srttNs = (7 * tcp.srttNs + ns) / 8;
  }
  tcp.rtoNs = min(RTO_MAX_NS, tcp.srttNs + max(RTO_MIN_NS, 4 * tcp.rttVarNs));
}

/** The SYN was sent more than once: which of them was answered is unknown (Karn's algorithm). */
export function fallBack(tcp: Tcp): void {
  tcp.rtoNs = RTO_FALLBACK_NS;
}

/** RFC 6298, section 5.5. */
export function backedOff(rtoNs: u64): u64 {
  return min(RTO_MAX_NS, rtoNs * 2);
}

/** Segments may leave at once: those to be sent again, and the FIN. New data has the flow's rhythm. */
export function maySend(tcp: Tcp): bool {
  if (tcp.state !== ESTABLISHED || tcp.next >= tcp.unacked + tcp.allowed) return false;
  return tcp.next < tcp.highest || tcp.next === tcp.finAt;
}

/** The application may send new data: no FIN is decided, nothing must be sent again, and the window has room. */
export function isOpen(tcp: Tcp): bool {
  return tcp.state === ESTABLISHED && tcp.finAt === NEVER && tcp.next === tcp.highest && tcp.highest < tcp.unacked + tcp.allowed;
}

/** When the application acts next: it connects, sends, or closes. */
function applicationNs(flow: Flow, tcp: Tcp): u64 {
  if (tcp.state === CLOSED) {
    const isOn = nodeAt(clientNode(flow)).power !== 0;
    return isOn && flow.nextNs < flow.stopNs ? flow.nextNs : NEVER;
  }
  if (tcp.state !== ESTABLISHED || tcp.finAt !== NEVER) return NEVER;
  return isOpen(tcp) ? min(flow.nextNs, flow.stopNs) : flow.stopNs;
}

/** Schedules what a flow's connection does next, at either end. */
export function armTcp(index: u32): void {
  const flow = flowAt(index);
  const tcp = tcpOf(flow);
  const now = header().nowNs;
  if (tcp.owed !== 0 || maySend(tcp)) {
    schedule(flowSlot(index), now);
    return;
  }
  // A full window stopped the application: it goes on in its rhythm.
  if (flow.nextNs < now && isOpen(tcp)) keepRhythm(flow);
  const atNs = min(min(tcp.rtoAtNs, tcp.serverRtoAtNs), applicationNs(flow, tcp));
  schedule(flowSlot(index), max(atNs, now));
}
