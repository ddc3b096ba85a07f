/**
 * Hellos: what a unit tells its peer about itself (rules HA-02, HA-04).
 *
 * Heads up! Hellos are single TCP segments without a connection: the lab needs their arrival, not their transport. A unit says hello on
 * the first control link that works; news of a change of state goes the same way.
 */
import type { Position } from '../../../model/events/events.ts';
import type { ControlLink } from '../../../model/lab/ha-pair.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import { emitTcp, TCP_FLAG } from '../../../wire/tcp.ts';
import type { Turn } from '../../turn/turn.ts';
import { ethernet, ipv4Defaults } from '../neighbours/icmp.ts';
import { endsOf, ha1MacOf, haOf } from './ends.ts';
import { linkInUse } from './link.ts';

/** Rule HA-02: HA1 in clear text. */
export const HA1_PORT = 28_769;

/** Rule HA-02: the ports of the control links. */
export const CONTROL_PORTS: Readonly<Record<ControlLink, number>> = {
  ha1: HA1_PORT,
  'ha1-b': 28_770,
  'heartbeat-backup': 28_771,
};

/** What a hello says. */
export interface Hello {
  readonly group: number;
  readonly state: string;
  readonly priority: number;
  readonly mac: string;
  /** Only where the unit is (rule HA-14). */
  readonly preemptive?: true;
}

/** Tells the peer, at once, what this unit is. */
export function sendHello(turn: Turn, node: string, cause: Position): void {
  const membership = turn.index.ha.get(node);
  if (membership === undefined || !haOf(turn, node).isProcessRunning) return;
  const hello: Hello = {
    group: membership.pair.group,
    state: haOf(turn, node).state,
    priority: membership.self.priority,
    mac: ha1MacOf(turn, node),
    ...(membership.self.preemptive === true && { preemptive: true }),
  };
  sendMessage(turn, node, linkInUse(turn, node), hello, cause);
}

/** Sends a value as JSON over a control link. */
export function sendMessage(turn: Turn, node: string, link: ControlLink, message: object, cause: Position): void {
  const ends = endsOf(turn, node, link);
  if (ends === null) return;
  const payload = new TextEncoder().encode(JSON.stringify(message));
  const port = CONTROL_PORTS[link];
  const segment = { srcPort: port, dstPort: port, seq: 0, ack: 0, flags: TCP_FLAG.psh, window: 0xffff, urgent: 0, payload };
  const between = { src: ends.ownIp, dst: ends.peerIp };
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.tcp, ...between, payload: emitTcp(segment, between) });
  turn.send(`${node}:${ends.own.name}`, ethernet(turn, ends.own, ends.peerMac, packet), cause);
}

/** The hello that a payload holds; null for none. */
export function parseHello(payload: Uint8Array): Hello | null {
  const hello = parseMessage(payload) as Partial<Hello> | null;
  const whole = typeof hello?.group === 'number' && typeof hello.priority === 'number' && typeof hello.mac === 'string';
  return whole && typeof hello.state === 'string' ? (hello as Hello) : null;
}

/** The value that a payload holds as JSON; null where it holds none. */
export function parseMessage(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return null;
  }
}
