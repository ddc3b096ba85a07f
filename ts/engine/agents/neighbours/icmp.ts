/** ICMP: every running node answers pings to its own addresses, whatever its HA process does, and notes errors about its packets. */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { endsSessions } from '../../../model/lab/pppoe-ends.ts';
import { usableAddresses } from '../../../model/state/ipv6-state.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, type EthernetFrame, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { emitIcmpEcho, type IcmpEcho, parseIcmpError } from '../../../wire/icmp.ts';
import { parseIcmp6Error } from '../../../wire/icmp6.ts';
import { emitIpv4Packet, IP_PROTOCOL, type Ipv4Packet } from '../../../wire/ipv4.ts';
import { type Ipv6Packet, NEXT_HEADER } from '../../../wire/ipv6.ts';
import type { Turn } from '../../turn/turn.ts';

const TTL = 64;

/** Answers an echo request to where it came from. */
export function answerEcho(
  turn: Turn,
  iface: LabInterface,
  frame: EthernetFrame,
  packet: Ipv4Packet,
  echo: IcmpEcho,
  cause: Position,
): void {
  const payload = emitIcmpEcho({ ...echo, kind: 'reply' });
  const answer = emitIpv4Packet({ ...ipv4Defaults, protocol: IP_PROTOCOL.icmp, src: packet.dst, dst: packet.src, payload });
  const to = ethernet(turn, iface, frame.src, answer);
  // What came in a PPPoE session is answered in it: the routes say which one.
  if (endsSessions(turn.index, iface)) turn.route(endpointOf(iface), to, cause);
  else turn.send(endpointOf(iface), to, cause);
}

/** An ICMP error reached the node that sent the packet it quotes: it is recorded, and changes nothing. */
export function hearError(turn: Turn, { node, name, ipv4 }: LabInterface, packet: Ipv4Packet, cause: Position): void {
  const error = parseIcmpError(packet.payload);
  if (error === null || packet.dst !== error.src || !ipv4.some(({ address }) => address === packet.dst)) return;
  const { problem, mtu, dst, protocol } = error;
  turn.say('IcmpErrorReceived', cause, { node, interface: name, from: packet.src, problem, mtu, to: dst, protocol });
}

/** The same of ICMPv6 (RFC 4443). False: the packet is no error about one that the node sent. */
export function hearError6(turn: Turn, iface: LabInterface, packet: Ipv6Packet, cause: Position): boolean {
  const error = packet.nextHeader === NEXT_HEADER.icmp6 ? parseIcmp6Error(packet.payload, packet) : null;
  if (error === null || packet.dst !== error.src) return false;
  if (!usableAddresses(turn.state, endpointOf(iface)).some(({ ip }) => ip === packet.dst)) return false;
  const { node, name } = iface;
  const { problem, mtu, dst, protocol } = error;
  turn.say('IcmpErrorReceived', cause, { node, interface: name, from: packet.src, problem, mtu, to: dst, protocol });
  return true;
}

/** What all packets of agents share. */
export const ipv4Defaults = { tos: 0, id: 0, dontFragment: true, ttl: TTL } as const;

/** An IPv4 packet in a frame from an interface's own MAC, padded. */
export function ethernet(turn: Turn, iface: LabInterface, dst: Mac, packet: Uint8Array): Uint8Array {
  const src = turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
  return padToMinimum(emitEthernet({ dst, src, etherType: ETHERTYPE.ipv4, payload: packet }));
}
