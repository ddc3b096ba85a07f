/** ARP as the oracle reads and writes it (RFC 826, RFC 5227; rules ARP-02, ARP-04). */
import type { SourceNat } from '../../ts/model/lab/sessions.ts';
import { zoneOf } from '../../ts/model/lab/sessions.ts';
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from '../../ts/values/ipv4-address.ts';
import type { Mac } from '../../ts/values/mac.ts';
import type { ArrivingFrame, FirewallDescription, FirewallInterface, LeavingFrame } from './firewall-model.ts';

const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;
const NOBODY = '00:00:00:00:00:00' as Mac;
const REQUEST = 1;
const REPLY = 2;

interface End {
  readonly mac: Mac;
  readonly ip: Ipv4;
}

/** Rule ARP-04: a gratuitous request. */
export function announcement(mac: Mac, ip: Ipv4): Uint8Array {
  return frame(REQUEST, BROADCAST, { mac, ip }, { mac: NOBODY, ip });
}

/** A question for an address. */
export function question(asker: End, ip: Ipv4): Uint8Array {
  return frame(REQUEST, BROADCAST, asker, { mac: NOBODY, ip });
}

/** Rule ARP-02: what an active firewall answers to a frame that it takes; null for nothing. */
export function answerTo(description: FirewallDescription, { port, tag, bytes }: ArrivingFrame): LeavingFrame | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(12) !== 0x0806 || view.getUint16(20) !== REQUEST) return null;
  const id = tag?.id ?? 0;
  const taker = description.interfaces.find((one) => (id === 0 ? one.name === port : one.parent === port && one.tag === id));
  const asked = view.getUint32(38);
  if (taker?.ip == null || !answersFor(description, taker, asked)) return null;
  const asker = { mac: macAt(bytes, 22), ip: ipv4FromNumber(view.getUint32(28)) };
  const left = frame(REPLY, asker.mac, { mac: taker.mac, ip: ipv4FromNumber(asked) }, asker);
  return { port, tag: taker.parent === null ? null : { id: taker.tag, priority: 0, isDropEligible: false }, bytes: left };
}

/** Its own address, and those of a pool in its network that a rule translates to on the way out by it. */
function answersFor({ sessions }: FirewallDescription, taker: FirewallInterface, ip: number): boolean {
  const own = ipv4ToNumber(taker.ip as Ipv4);
  if (ip === own) return true;
  if (sessions === null || ip >>> 8 !== own >>> 8) return false;
  const zone = zoneOf(sessions, taker.name);
  const leadsHere = ({ to }: SourceNat) => zone !== null && (to === null || to.includes(zone));
  return sessions.nat.some((rule) => leadsHere(rule) && ip >= ipv4ToNumber(rule.pool.first) && ip <= ipv4ToNumber(rule.pool.last));
}

/** 42 bytes, padded to 60. */
function frame(operation: number, to: Mac, sender: End, target: End): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.set(bytesOf(to), 0);
  bytes.set(bytesOf(sender.mac), 6);
  // EtherType; Ethernet, IPv4, their lengths.
  [0x0806, 1, 0x0800, 0x0604, operation].forEach((word, i) => {
    view.setUint16(12 + 2 * i, word);
  });
  bytes.set(bytesOf(sender.mac), 22);
  view.setUint32(28, ipv4ToNumber(sender.ip));
  bytes.set(bytesOf(target.mac), 32);
  view.setUint32(38, ipv4ToNumber(target.ip));
  return bytes;
}

function bytesOf(mac: Mac): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}

function macAt(bytes: Uint8Array, at: number): Mac {
  return [...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac;
}
