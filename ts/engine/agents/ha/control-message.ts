/**
 * Messages between the units of a pair over a control link (rule HA-02): JSON in a TCP segment.
 *
 *   ha1    28769 hellos   28260 configuration        ha1-b  28770 hellos   28260 configuration
 *   both      28 everything, where HA1 is encrypted  heartbeat-backup  28771
 *
 * Heads up! Messages are single TCP segments without a connection: the lab needs their arrival, not their transport. Nothing
 * acknowledges them.
 */
import type { Position } from '../../../model/events/events.ts';
import type { ControlLink, HaPair } from '../../../model/lab/ha-pair.ts';
import { emitIpv4Packet, IP_PROTOCOL } from '../../../wire/ipv4.ts';
import { emitTcp, TCP_FLAG, type TcpSegment } from '../../../wire/tcp.ts';
import type { Turn } from '../../turn/turn.ts';
import { ethernet, ipv4Defaults } from '../neighbours/icmp.ts';
import { endsOf } from './ends.ts';
import { seal, unseal } from './sealing.ts';

/** HA1 in clear text. */
export const HA1_PORT = 28_769;
/** Configuration in clear text, over HA1 or its backup. */
export const CONFIG_PORT = 28_260;
/** All of HA1 or of its backup, where the pair encrypts it. */
export const ENCRYPTED_PORT = 28;

/** Where a unit says hello and, between management ports, sends heartbeats. */
const CONTROL_PORTS: Readonly<Record<ControlLink, number>> = {
  ha1: HA1_PORT,
  'ha1-b': 28_770,
  'heartbeat-backup': 28_771,
};

export type MessageKind = 'hello' | 'config';

function isEncrypted({ ha1Encryption }: HaPair, link: ControlLink): boolean {
  return ha1Encryption === true && link !== 'heartbeat-backup';
}

function portOf(pair: HaPair, link: ControlLink, kind: MessageKind): number {
  if (isEncrypted(pair, link)) return ENCRYPTED_PORT;
  return kind === 'config' ? CONFIG_PORT : CONTROL_PORTS[link];
}

/** Sends a value as JSON over a control link. */
export function sendMessage(
  turn: Turn,
  node: string,
  link: ControlLink,
  message: object,
  cause: Position,
  kind: MessageKind = 'hello',
): void {
  const ends = endsOf(turn, node, link);
  const pair = turn.index.ha.get(node)?.pair;
  if (ends === null || pair === undefined) return;
  const text = new TextEncoder().encode(JSON.stringify(message));
  const payload = isEncrypted(pair, link) ? seal(pair.name, turn.nowNs, text) : text;
  const port = portOf(pair, link, kind);
  const segment = { srcPort: port, dstPort: port, seq: 0, ack: 0, flags: TCP_FLAG.psh, window: 0xffff, urgent: 0, payload };
  const between = { src: ends.ownIp, dst: ends.peerIp };
  const packet = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.tcp, ...between, payload: emitTcp(segment, between) });
  turn.send(`${node}:${ends.own.name}`, ethernet(turn, ends.own, ends.peerMac, packet), cause);
}

/**
 * The value that a segment on a control link carries; null where it holds none, or comes in another way than the unit is configured for:
 * a unit that encrypts HA1 hears nothing of one that does not.
 */
export function readMessage(turn: Turn, node: string, link: ControlLink, segment: TcpSegment, kind: MessageKind): unknown {
  const pair = turn.index.ha.get(node)?.pair;
  if (pair === undefined || segment.dstPort !== portOf(pair, link, kind)) return null;
  const text = isEncrypted(pair, link) ? unseal(pair.name, segment.payload) : segment.payload;
  if (text === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return null;
  }
}
