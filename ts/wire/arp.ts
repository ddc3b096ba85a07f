/**
 * ARP for IPv4 over Ethernet (RFC 826), 28 bytes behind an Ethernet header.
 *
 *   0    1 2     3 4     5      6    7 8    13 14  17 18   23 24  27
 *  ┌──────┬───────┬──────┬──────┬──────┬───────┬──────┬───────┬──────┐
 *  │ 0001 │ 0800  │  6   │  4   │opcode│sender │sender│target │target│
 *  │ hw   │ proto │hw len│pr len│ 1, 2 │ MAC   │ IPv4 │ MAC   │ IPv4 │
 *  └──────┴───────┴──────┴──────┴──────┴───────┴──────┴───────┴──────┘
 *
 * A gratuitous ARP tells everyone who owns an address without being asked. It exists in two forms, and receivers treat
 * both alike (ARP-04, ARP-05; RFC 5227, RFC 5944 section 4.6). The constructors below give a whole frame's meaning, the
 * Ethernet addresses included, because a reply form sent unicast would be no gratuitous ARP at all.
 */
import type { Ipv4 } from '../values/ipv4-address.ts';
import { BROADCAST, type Mac } from '../values/mac.ts';
import { putU8, putU16, u8At, u16At } from './big-endian.ts';
import {
  ETHERTYPE,
  ethernetHeaderLength,
  padToMinimum,
  parseEthernet,
  readMac,
  type VlanTag,
  writeEthernetHeader,
  writeMac,
} from './ethernet.ts';
import { readIpv4Address, writeIpv4Address } from './ipv4.ts';

export const ARP_HARDWARE = 0;
export const ARP_PROTOCOL = 2;
export const ARP_HARDWARE_LENGTH = 4;
export const ARP_PROTOCOL_LENGTH = 5;
export const ARP_OPCODE = 6;
export const ARP_SENDER_MAC = 8;
export const ARP_SENDER_IP = 14;
export const ARP_TARGET_MAC = 18;
export const ARP_TARGET_IP = 24;
export const ARP_BYTES = 28;

const HARDWARE_ETHERNET = 1;
const OPCODE = { request: 1, reply: 2 } as const;
const ZERO_MAC = '00:00:00:00:00:00' as Mac;
const ZERO_IP = '0.0.0.0' as Ipv4;

export interface ArpPacket {
  readonly operation: 'request' | 'reply';
  readonly senderMac: Mac;
  readonly senderIp: Ipv4;
  readonly targetMac: Mac;
  readonly targetIp: Ipv4;
}

/** An ARP packet with the Ethernet addresses (and tag) it travels under. */
export interface ArpFrame {
  readonly dst: Mac;
  readonly src: Mac;
  readonly vlan?: VlanTag;
  readonly arp: ArpPacket;
}

/** Fields of bytes that are long enough, taken as they are: any opcode, RARP's too. */
export class ArpView {
  readonly #bytes: Uint8Array;
  readonly #at: number;

  private constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Null when fewer than 28 bytes are left, or the addresses are not Ethernet's and IPv4's. */
  static over(bytes: Uint8Array, offset = 0): ArpView | null {
    if (bytes.length - offset < ARP_BYTES) return null;
    const isKnown =
      u16At(bytes, offset + ARP_HARDWARE) === HARDWARE_ETHERNET &&
      u16At(bytes, offset + ARP_PROTOCOL) === ETHERTYPE.ipv4 &&
      u8At(bytes, offset + ARP_HARDWARE_LENGTH) === 6 &&
      u8At(bytes, offset + ARP_PROTOCOL_LENGTH) === 4;
    return isKnown ? new ArpView(bytes, offset) : null;
  }

  get opcode(): number {
    return u16At(this.#bytes, this.#at + ARP_OPCODE);
  }

  get senderMac(): Mac {
    return readMac(this.#bytes, this.#at + ARP_SENDER_MAC);
  }

  get senderIp(): Ipv4 {
    return readIpv4Address(this.#bytes, this.#at + ARP_SENDER_IP);
  }

  get targetMac(): Mac {
    return readMac(this.#bytes, this.#at + ARP_TARGET_MAC);
  }

  get targetIp(): Ipv4 {
    return readIpv4Address(this.#bytes, this.#at + ARP_TARGET_IP);
  }
}

/** Null when the bytes are cut short, or are not a request or reply for IPv4 over Ethernet. Padding is ignored. */
export function parseArp(bytes: Uint8Array, offset = 0): ArpPacket | null {
  const view = ArpView.over(bytes, offset);
  if (view === null) return null;
  const { opcode, senderMac, senderIp, targetMac, targetIp } = view;
  if (opcode !== OPCODE.request && opcode !== OPCODE.reply) return null;
  return { operation: opcode === OPCODE.request ? 'request' : 'reply', senderMac, senderIp, targetMac, targetIp };
}

/** The 28 bytes of a packet. */
export function emitArp(packet: ArpPacket): Uint8Array {
  const out = new Uint8Array(ARP_BYTES);
  writeArp(out, 0, packet);
  return out;
}

/** Writes the 28 bytes at an offset. @throws RangeError when they lie outside the buffer. */
export function writeArp(out: Uint8Array, at: number, packet: ArpPacket): void {
  putU16(out, at + ARP_HARDWARE, HARDWARE_ETHERNET, 'ARP hardware type');
  putU16(out, at + ARP_PROTOCOL, ETHERTYPE.ipv4, 'ARP protocol type');
  putU8(out, at + ARP_HARDWARE_LENGTH, 6, 'ARP hardware length');
  putU8(out, at + ARP_PROTOCOL_LENGTH, 4, 'ARP protocol length');
  putU16(out, at + ARP_OPCODE, OPCODE[packet.operation], 'ARP opcode');
  writeMac(out, at + ARP_SENDER_MAC, packet.senderMac);
  writeIpv4Address(out, at + ARP_SENDER_IP, packet.senderIp);
  writeMac(out, at + ARP_TARGET_MAC, packet.targetMac);
  writeIpv4Address(out, at + ARP_TARGET_IP, packet.targetIp);
}

/** Null when the frame is cut short or does not carry an ARP request or reply. */
export function parseArpFrame(bytes: Uint8Array, offset = 0): ArpFrame | null {
  const frame = parseEthernet(bytes, offset);
  if (frame === null || frame.etherType !== ETHERTYPE.arp) return null;
  const arp = parseArp(frame.payload);
  if (arp === null) return null;
  const { dst, src, vlan } = frame;
  return vlan === undefined ? { dst, src, arp } : { dst, src, vlan, arp };
}

/** The whole frame, padded to 60 bytes. */
export function emitArpFrame(frame: ArpFrame): Uint8Array {
  const header = { ...frame, etherType: ETHERTYPE.arp };
  const out = new Uint8Array(ethernetHeaderLength(header) + ARP_BYTES);
  writeArp(out, writeEthernetHeader(out, header), frame.arp);
  return padToMinimum(out);
}

/** Whether a packet announces its sender's own address, in either form. A probe (sender 0.0.0.0) never does. */
export function isGratuitous(packet: ArpPacket): boolean {
  return packet.senderIp === packet.targetIp && packet.senderIp !== ZERO_IP;
}

/** ARP-04: opcode 1, broadcast, sender and target IPv4 equal, target MAC zero. What the firewall sends. */
export function garpRequest(mac: Mac, ip: Ipv4): ArpFrame {
  return arpRequest(mac, ip, ip);
}

/** ARP-05: opcode 2, broadcast, the target MAC repeats the sender's. */
export function garpReply(mac: Mac, ip: Ipv4): ArpFrame {
  const arp = { operation: 'reply', senderMac: mac, senderIp: ip, targetMac: mac, targetIp: ip } as const;
  return { dst: BROADCAST, src: mac, arp };
}

/** ARP-01: who has `targetIp`? Broadcast, or unicast to `dst` to verify an entry; the target MAC is zero either way. */
export function arpRequest(senderMac: Mac, senderIp: Ipv4, targetIp: Ipv4, dst: Mac = BROADCAST): ArpFrame {
  return { dst, src: senderMac, arp: { operation: 'request', senderMac, senderIp, targetMac: ZERO_MAC, targetIp } };
}

/** ARP-02: the owner's answer, unicast to who asked. */
export function arpReply(senderMac: Mac, senderIp: Ipv4, targetMac: Mac, targetIp: Ipv4): ArpFrame {
  return { dst: targetMac, src: senderMac, arp: { operation: 'reply', senderMac, senderIp, targetMac, targetIp } };
}

/** ARP-06: is `targetIp` taken? The sender's IPv4 is 0.0.0.0, so that no cache learns from the question. */
export function arpProbe(senderMac: Mac, targetIp: Ipv4): ArpFrame {
  return arpRequest(senderMac, ZERO_IP, targetIp);
}
