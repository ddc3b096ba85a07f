/**
 * DHCP snooping: a switch reads what clients and servers say, and binds each leased address to its client's MAC for ARP inspection (rule
 * DAI-01). A binding ends with its lease: when the client gives it back, or when its time is over.
 */
import type { Position } from '../../../model/events/events.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Turn } from '../../turn/turn.ts';
import { bind } from '../ports/switch-port.ts';
import { NO_ADDRESS, type Received } from './frames.ts';
import { wakeAtNext } from './waking.ts';

const NANOS_PER_SECOND = 1_000_000_000;

/** A copy of a message that passes a switch. */
export function snoop(turn: Turn, { node }: LabInterface, { message }: Received, cause: Position): void {
  const { type, yiaddr, ciaddr, chaddr, options } = message;
  const { snooped } = turn.memory(node);
  if (type === 'ack' && yiaddr !== NO_ADDRESS) {
    bind(turn, node, yiaddr, chaddr, cause);
    snooped[yiaddr] = { mac: chaddr, untilNs: turn.nowNs + (options.leaseSeconds ?? 0) * NANOS_PER_SECOND, cause };
  } else if (type === 'release' || type === 'decline') {
    const ip = type === 'release' ? ciaddr : (options.requested ?? NO_ADDRESS);
    if (snooped[ip]?.mac === chaddr) unbind(turn, node, ip, cause);
  }
  wakeAtNext(turn, node);
}

/** Ends the bindings whose leases ended. */
export function expireBindings(turn: Turn, node: string): void {
  const due = Object.entries(turn.memory(node).snooped).filter(([, { untilNs }]) => untilNs <= turn.nowNs);
  for (const [ip, { cause }] of due.sort(([a], [b]) => (a < b ? -1 : 1))) unbind(turn, node, ip as Ipv4, cause);
  wakeAtNext(turn, node);
}

function unbind(turn: Turn, node: string, ip: Ipv4, cause: Position): void {
  delete turn.memory(node).snooped[ip];
  bind(turn, node, ip, null, cause);
}
