/** One line about an IPv6 packet, in tcpdump's manner (describe.ts). It never throws, whatever the bytes. */
import { u8At, u16At } from './big-endian.ts';
import { isIcmp6, parseIcmp6Echo, parseIcmp6Error } from './icmp6.ts';
import { type Ipv6Packet, NEXT_HEADER, parseIpv6Packet } from './ipv6.ts';
import { type DiscoveryMessage, parseDiscovery } from './neighbour-discovery.ts';

const UDP_HEADER_BYTES = 8;

export function describeIpv6(payload: Uint8Array): string {
  const packet = parseIpv6Packet(payload);
  if (packet === null) return `IPv6 truncated or malformed, ${payload.length} bytes`;
  const { src, dst, nextHeader } = packet;
  if (nextHeader === NEXT_HEADER.icmp6) return `IPv6 ${src} > ${dst} ICMPv6 ${icmp6Text(packet)}`;
  if (nextHeader !== NEXT_HEADER.udp || packet.payload.length < UDP_HEADER_BYTES) {
    return `IPv6 ${src} > ${dst} next header ${nextHeader} length ${packet.payload.length}`;
  }
  const [from, to] = [u16At(packet.payload, 0), u16At(packet.payload, 2)];
  return `IPv6 [${src}]:${from} > [${dst}]:${to} UDP length ${packet.payload.length - UDP_HEADER_BYTES}`;
}

function icmp6Text(packet: Ipv6Packet): string {
  const { payload } = packet;
  if (!isIcmp6(payload, packet)) return 'truncated or bad checksum';
  const message = parseDiscovery(packet);
  if (message !== null) return discoveryText(message);
  const echo = parseIcmp6Echo(payload, packet);
  if (echo !== null) return `echo ${echo.kind} id ${echo.id} seq ${echo.seq} length ${payload.length}`;
  const error = parseIcmp6Error(payload, packet);
  if (error !== null) return `${error.problem}${error.mtu === 0 ? '' : ` mtu ${error.mtu}`} about ${error.src} > ${error.dst}`;
  return `type ${u8At(payload, 0)} code ${u8At(payload, 1)} length ${payload.length}`;
}

function discoveryText(message: DiscoveryMessage): string {
  switch (message.kind) {
    case 'solicitation':
      return `who-has ${message.target}${message.mac === null ? '' : ` source ${message.mac}`}`;
    case 'advertisement': {
      const flags = `${message.isRouter ? 'R' : ''}${message.isSolicited ? 'S' : ''}${message.overrides ? 'O' : ''}`;
      return `${message.target} is-at ${message.mac ?? 'unknown'} [${flags}]`;
    }
    case 'router-solicitation':
      return 'router solicitation';
    case 'router-advertisement': {
      const prefixes = message.prefixes.map(({ address, prefix }) => `${address}/${prefix}`);
      return `router advertisement lifetime ${message.lifetimeSeconds}${prefixes.map((one) => ` prefix ${one}`).join('')}`;
    }
    default:
      return message satisfies never;
  }
}
