/**
 * Messages of HA2 (rule HA-02): JSON in a frame of type 0x7261, or in IP protocol 99 or UDP where the pair says so, from the active unit
 * to the passive one, keep-alive apart.
 *
 * Decision someone may dispute: the bytes in the frame are the lab's own; those of the platform are not public.
 */
import type { Position } from '../../../model/events/events.ts';
import type { NodeName } from '../../../model/lab/endpoint.ts';
import type { DataLink } from '../../../model/lab/ha-pair.ts';
import { dataAddress } from '../../../model/lab/lab-index.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { emitIpv4Packet, IP_PROTOCOL, type Ipv4Packet } from '../../../wire/ipv4.ts';
import { emitUdp, parseUdp } from '../../../wire/udp.ts';
import type { Turn } from '../../turn/turn.ts';
import { ipv4Defaults } from '../neighbours/icmp.ts';
import { dataPortsOf, type Membership, unitOf } from './ends.ts';
import { dataLinkInUse } from './link.ts';

/** Rule HA-02: where a pair has UDP. */
export const HA2_UDP_PORT = 29_281;

/**
 * Sends a message to the peer over a data link. Like control links, data links need no ARP: both units are configured with each other's
 * addresses (the lab's choice).
 */
export function sendOver(turn: Turn, node: NodeName, link: DataLink, message: object, cause: Position): void {
  const unit = unitOf(turn, node);
  const ports = dataPortsOf(turn, node, link);
  if (unit === null || ports === null) return;
  const [src, dst] = [ports.own, ports.peer].map((port) => turn.state.interfaces[port]?.usedMac as Mac) as [Mac, Mac];
  const bytes = new TextEncoder().encode(JSON.stringify({ group: unit.pair.group, ...message }));
  const packet = packetOf(turn, unit, link, bytes);
  const inside = packet === null ? { etherType: ETHERTYPE.ha2, payload: bytes } : { etherType: ETHERTYPE.ipv4, payload: packet };
  turn.send(ports.own, padToMinimum(emitEthernet({ dst, src, ...inside })), cause);
}

/** The IP packet that carries a message; null where HA2 is Ethernet alone. */
function packetOf(turn: Turn, { pair, self, peer }: Membership, link: DataLink, bytes: Uint8Array): Uint8Array | null {
  const [src, dst] = [self, peer].map((member) => dataAddress(turn.index, pair, member, link));
  if (pair.ha2Transport === undefined || !src || !dst) return null;
  const between = { src, dst };
  if (pair.ha2Transport === 'ip') return emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.ha2, ...between, payload: bytes });
  const payload = emitUdp({ srcPort: HA2_UDP_PORT, dstPort: HA2_UDP_PORT, payload: bytes }, between);
  return emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.udp, ...between, payload });
}

/** The bytes of a message that an IP packet carries to a port of HA2; null for a packet that carries none. */
export function messageIn(packet: Ipv4Packet): Uint8Array | null {
  if (packet.protocol === IP_PROTOCOL.ha2) return packet.payload;
  const datagram = packet.protocol === IP_PROTOCOL.udp ? parseUdp(packet.payload, 0, packet) : null;
  return datagram?.dstPort === HA2_UDP_PORT ? datagram.payload : null;
}

/** Sends something over the data link that is in use; where none works, it is lost. */
export function sendHa2(turn: Turn, node: string, message: object, cause: Position): void {
  const link = dataLinkInUse(turn, node);
  if (link !== null) sendOver(turn, node, link, message, cause);
}

/** The value that a frame of HA2 holds as JSON; null where it holds none. A short frame is padded with zero bytes. */
export function parseHa2(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload).replace(/\0+$/, ''));
  } catch {
    return null;
  }
}
