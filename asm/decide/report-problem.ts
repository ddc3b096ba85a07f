/** Tells the sender of a packet why it is about to be dropped: ICMP errors (icmp-error.ts) on their way. */
import { Buffer, bytesOf, Descriptor } from '../frame/buffer';
import { bearFrame } from '../frame/frame';
import { routeLater } from '../frame/inject';
import { CHECKSUM, headerSum, IP, IPV4_HEADER_BYTES, SOURCE } from '../frame/ipv4';
import * as L from '../memory/layout';
import { Node, nodeAt } from '../memory/node';
import { later } from '../memory/origin';
import { portAt } from '../memory/port';
import { header } from '../memory/region';
import { wasTranslated } from '../session/judge';
import { tableOf } from '../session/record';
import { ERROR_COST_NS, errorFrameBytes, HOST_UNREACHABLE, ICMP, mayReport, messageBytes, writeError } from './icmp-error';
import { ADDRESS_UNREACHABLE, reportProblem6 } from './icmp6-error';
import { neighbourSlot, slotFor } from './neighbour-table';
import { addressOf, findRoute, Route, VIA_LOCAL } from './routes';

/**
 * An ICMP error to the source of a packet that is about to be dropped, from the address of the interface that leads there (icmp-error.ts).
 * @param cause the event that the packet is dropped for; the error exists for it and for what the packet exists for.
 */
export function reportProblem(node: Node, about: Buffer, problem: u16, mtu: u32, cause: u32): void {
  const quoted = bytesOf(about);
  const to = bswap<u32>(load<u32>(quoted + SOURCE));
  const found = findRoute(node, to);
  if (found === null || (<Route>found).via === VIA_LOCAL) return;
  const out = (<Route>found).port;
  const from = addressOf(node, out);
  if (from === 0 || !mayReport(node, about)) return;
  const born = bearFrame(out, errorFrameBytes(quoted), later(cause, about.cause), 0);
  if (born === null) return;
  const bytes = bytesOf(<Buffer>born);
  writeError(bytes, quoted, from, problem, mtu);
  store<u16>(bytes + CHECKSUM, bswap<u16>(<u16>~headerSum(bytes + IP, IPV4_HEADER_BYTES)));
  store<u16>(bytes + ICMP + 2, bswap<u16>(<u16>~headerSum(bytes + ICMP, messageBytes(quoted))));
  routeLater(out, <Buffer>born, header().nowNs + ERROR_COST_NS);
}

/** A next hop does not answer: the senders of the packets that wait for it are told, before these are dropped. */
export function reportUnreachable(port: u32, ip: u32, high: u64, low: u64, cause: u32): void {
  const node = nodeAt(portAt(port).node);
  if ((node.flags & L.NODE_PASSES_ON) === 0) return;
  for (let i: u32 = 0; ; i++) {
    const buffer = waitingFor(port, ip, high, low, i);
    if (buffer === null) return;
    if ((high | low) !== 0) {
      reportProblem6(node, <Buffer>buffer, ADDRESS_UNREACHABLE, 0, cause);
      continue;
    }
    // A packet that was translated names an end that its sender does not know.
    if ((node.flags & L.NODE_SESSIONS) !== 0 && wasTranslated(tableOf(node), <Buffer>buffer)) continue;
    reportProblem(node, <Buffer>buffer, HOST_UNREACHABLE, 0, cause);
  }
}

/** The frame that waits for an address behind `before` others; null where there is none. */
function waitingFor(port: u32, ip: u32, high: u64, low: u64, before: u32): Buffer | null {
  const node = nodeAt(portAt(port).node);
  let at = neighbourSlot(node, slotFor(node, port, ip, high, low)).head;
  for (let i: u32 = 0; i < before && at !== 0; i++) at = changetype<Descriptor>(<usize>at).next;
  return at === 0 ? null : changetype<Buffer>(<usize>changetype<Descriptor>(<usize>at).buffer);
}
