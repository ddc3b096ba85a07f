/**
 * The oracle of a firewall: what the rules say becomes of one frame (MODE-01 to MODE-04, MAC-12, HA-01, JUM-01, docs/topology.md), as
 * plainly as TypeScript can say it. It shares no code and no table with the data plane.
 *
 * Where the rules are silent it fixes the following, and the data plane must agree:
 * - A priority tag (VLAN id 0) counts as no tag; only a virtual wire keeps it.
 * - A packet is dropped for the first of: not-mine, bad-packet, ttl-expired, what its session says, no-route, mtu-exceeded.
 * - A frame that a member of an aggregate does not collect is dropped before anything else is looked at.
 * - Of ICMP errors, six leave at once, then one each second; about a packet that NAT changes, in either direction, there is none.
 */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import { type Ipv4, ipv4FromNumber, ipv4ToNumber, parseIpv4Prefix, prefixContains } from '../../ts/values/ipv4-address.ts';
import type { Mac } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { AddressTable } from './address-table.ts';
import {
  type ArrivingFrame,
  cableOf,
  type DrivenFirewall,
  type Fate,
  type FirewallChange,
  type FirewallDescription,
  type FirewallInterface,
  type LeavingFrame,
  type SessionText,
} from './firewall-model.ts';
import { hashOf, hashOfConversation, memberOf } from './reference-aggregate.ts';
import { ICMP, type Packet, readPacket, rewritten, TCP } from './reference-packet.ts';
import { ReferenceSessions } from './reference-sessions.ts';

const AGEING_NS = 1_800e9;
const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;
const HEADER_BYTES = 14;
const ERRORS_AT_ONCE = 6;

/** A frame on its way out by an interface. @property hash of one that is written in words: its frame's. */
type Outgoing = LeavingFrame & { readonly hash?: number };

export class ReferenceFirewall implements DrivenFirewall {
  readonly description: FirewallDescription;
  readonly #table = new AddressTable(AGEING_NS);
  readonly sessionTable: ReferenceSessions | null;
  readonly #down = new Set<string>();
  readonly #collecting: Set<string>;
  readonly #distributing: Set<string>;
  #isPowered = true;
  #isActive: boolean;
  /** ICMP errors that may leave: up to six, one more each second. */
  #credit = { errors: ERRORS_AT_ONCE, atNs: 0 };
  /** The data plane's sessions. */
  #choices: readonly SessionText[] = [];

  constructor(description: FirewallDescription) {
    this.description = description;
    this.#isActive = !description.isMember;
    this.sessionTable = description.sessions === null ? null : new ReferenceSessions(description.sessions);
    const members = description.interfaces.flatMap((one) => one.members ?? []);
    this.#collecting = new Set(members);
    this.#distributing = new Set(members);
  }

  apply(_atNs: number, change: FirewallChange): void {
    switch (change.what) {
      case 'carrier':
        if (change.up) this.#down.delete(change.port);
        else this.#lose(change.port);
        break;
      case 'power':
        this.#isPowered = change.on;
        if (change.on) break;
        this.sessionTable?.forgetAll();
        this.#table.forgetAll();
        break;
      case 'role':
        this.#isActive = change.active;
        break;
      case 'clear sessions':
        this.sessionTable?.forgetAll();
        break;
      case 'member':
        this.#useMember(change.port, change.collects, change.distributes);
        break;
      default:
        change satisfies never;
    }
  }

  /** An aggregate has carrier while one of its members distributes. */
  #useMember(port: string, collects: boolean, distributes: boolean): void {
    if (collects) this.#collecting.add(port);
    else this.#collecting.delete(port);
    if (distributes) this.#distributing.add(port);
    else this.#distributing.delete(port);
    const aggregate = this.#interface(port);
    if (aggregate.members?.some((one) => this.#distributing.has(one))) this.#down.delete(aggregate.name);
    else this.#lose(aggregate.name);
  }

  /** What was behind a dead cable is nowhere. */
  #lose(port: string): void {
    this.#down.add(port);
    for (const one of this.description.interfaces) if (cableOf(one) === port) this.#table.forgetBehind(one.name);
  }

  sessions(atNs: number): readonly string[] {
    return this.sessionTable?.texts(atNs) ?? [];
  }

  /** @param choices the data plane's sessions: the oracle learns from them which port of a pool was taken, and nothing else. */
  receive(atNs: number, frame: ArrivingFrame, choices: readonly SessionText[] = []): Fate {
    this.#table.forgetAged(atNs);
    this.#choices = choices;
    const ingress = this.#interface(frame.port);
    if (this.#down.has(frame.port)) return dropped('link-down');
    if (!this.#isPowered) return dropped('interface-down');
    if (ingress.members !== undefined && !this.#collecting.has(frame.port)) return dropped('aggregate-member');
    if (frame.bytes.length > ingress.mtu + HEADER_BYTES) return dropped('frame-too-long');
    if (!this.#isActive) return dropped('ha-not-active');
    if (ingress.mode === 'tap') return { sent: [], dropped: [], isPunted: false };
    if (ingress.mode === 'virtual-wire') return this.#cross(ingress, frame);
    const taker = this.#taker(ingress, frame);
    if (taker === null) return dropped('vlan-mismatch');
    if (frame.bytes.length > taker.mtu + HEADER_BYTES) return dropped('frame-too-long');
    return ingress.mode === 'layer2' ? this.#bridge(atNs, taker, frame) : this.#route(atNs, taker, frame);
  }

  /** Rule MODE-04. */
  #cross(ingress: FirewallInterface, { tag, bytes }: ArrivingFrame): Fate {
    const id = tag?.id ?? 0;
    if (!this.description.wireTags.some(([first, last]) => id >= first && id <= last)) return dropped('wire-tag');
    const other = this.description.interfaces.find((one) => one !== ingress && one.bridge === ingress.bridge);
    return other === undefined ? dropped('no-recipient') : this.#leave([{ port: other.name, tag, bytes }]);
  }

  /** Rule MAC-12: the interface itself for frames without a tag, else the subinterface of the tag. */
  #taker(ingress: FirewallInterface, { tag }: ArrivingFrame): FirewallInterface | null {
    const id = tag?.id ?? 0;
    if (id === 0) return ingress.mode === 'layer2' && ingress.bridge === null ? null : ingress;
    return this.description.interfaces.find((one) => one.parent === ingress.name && one.tag === id) ?? null;
  }

  /** Rule MODE-02. */
  #bridge(atNs: number, from: FirewallInterface, { tag, bytes }: ArrivingFrame): Fate {
    const [source, destination] = [macAt(bytes, 6), macAt(bytes, 0)];
    const members = this.description.interfaces.filter(({ bridge }) => bridge === from.bridge);
    const object = this.description.interfaces.findIndex(({ bridge }) => bridge === from.bridge);
    if (!isGroup(source)) this.#table.learn({ vlan: object, mac: source, port: from.name, seenNs: atNs });
    const known = isGroup(destination) ? null : this.#table.find(object, destination);
    if (known?.port === from.name) return dropped('no-recipient');
    const others = members.filter((one) => one !== from && !this.#down.has(cableOf(one)));
    const out = known === null ? others : members.filter(({ name }) => name === known.port);
    if (out.length === 0) return dropped('no-recipient');
    return this.#leave(out.map((one) => ({ port: cableOf(one), tag: tagFor(one, tag), bytes })));
  }

  #route(atNs: number, taker: FirewallInterface, frame: ArrivingFrame): Fate {
    const { bytes } = frame;
    const destination = macAt(bytes, 0);
    if (destination !== taker.mac && destination !== BROADCAST) return dropped('not-mine');
    const etherType = ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0);
    if (etherType === 0x0806) return { sent: [], dropped: [], isPunted: true };
    if (etherType !== 0x0800) return dropped('no-listener');
    const packet = readPacket(bytes);
    if (packet === null) return dropped('bad-packet');
    if (this.#owner(packet.destination) !== null) return this.#local(packet);
    if (destination === BROADCAST) return dropped('no-listener');
    if (packet.ttl <= 1) return this.#report(atNs, packet, 'ttl-expired', 0x0b00, 0);
    return this.#forward(atNs, taker, packet, bytes);
  }

  /** An echo is the agent's; nothing listens for anything else. A segment that no flow of the lab sent is not answered, but dropped. */
  #local(packet: Packet): Fate {
    if (packet.protocol === ICMP) return { sent: [], dropped: [], isPunted: true };
    return dropped('no-listener');
  }

  #forward(atNs: number, taker: FirewallInterface, packet: Packet, bytes: Uint8Array): Fate {
    const way = this.#wayTo(packet.destination);
    const judged = this.sessionTable?.judge(atNs, packet, taker.name, way?.out.name ?? null, this.#choices) ?? null;
    if (judged?.verdict === 'drop') {
      const reset = judged.resets ? this.#resetOf(packet) : [];
      const fate = this.#leave(reset);
      return { ...fate, dropped: [judged.reason, ...fate.dropped] };
    }
    const as = judged?.as ?? { ends: packet, quoted: packet.quoted };
    const last = this.#wayTo(as.ends.destination);
    if (last === null) return dropped('no-route');
    const isTranslated = as.ends.source !== packet.source || as.ends.destination !== packet.destination;
    if (packet.length > last.out.mtu)
      return isTranslated ? dropped('mtu-exceeded') : this.#report(atNs, packet, 'mtu-exceeded', 0x0304, last.out.mtu);
    const macs = [macBytes(last.out.mac), macBytes(last.mac)] as const;
    const left = rewritten(bytes, { macs, ends: as.ends, quoted: as.quoted });
    return this.#leave([{ port: cableOf(last.out), tag: tagFor(last.out, null), bytes: left }]);
  }

  /** The packet is dropped; its sender is told, where that is allowed (RFC 1812, 4.3.2.7). */
  #report(atNs: number, packet: Packet, reason: DropReason, problem: number, mtu: number): Fate {
    const back = this.#wayTo(packet.source);
    const mayTell = packet.icmpType === -1 || packet.icmpType === 0 || packet.icmpType === 8;
    if (back === null || back.out.ip === null || !mayTell) return dropped(reason);
    this.#credit = {
      errors: Math.min(ERRORS_AT_ONCE, this.#credit.errors + (atNs - this.#credit.atNs) / 1e9),
      atNs,
    };
    if (this.#credit.errors < 1) return dropped(reason);
    this.#credit.errors--;
    const about = `${ipv4FromNumber(packet.source)} > ${ipv4FromNumber(packet.destination)}`;
    const text = `icmp ${problem.toString(16)} ${back.out.ip} > ${ipv4FromNumber(packet.source)} mtu ${mtu} about ${about}`;
    const ends = { source: ipv4ToNumber(back.out.ip), destination: packet.source, ports: [0, 0] as const };
    const hash = hashOfConversation({ protocol: ICMP, ...ends });
    const bytes = new TextEncoder().encode(text);
    const fate = this.#leave([{ port: cableOf(back.out), tag: tagFor(back.out, null), bytes, hash }]);
    return { ...fate, dropped: [reason, ...fate.dropped] };
  }

  /** As if the address that the segment was for answered. */
  #resetOf({ source, destination, sourcePort, destinationPort }: Packet): Outgoing[] {
    const back = this.#wayTo(source);
    if (back === null) return [];
    const text = `reset ${ipv4FromNumber(destination)}:${destinationPort} > ${ipv4FromNumber(source)}:${sourcePort}`;
    const ends = { source: destination, destination: source, ports: [destinationPort, sourcePort] as const };
    const hash = hashOfConversation({ protocol: TCP, ...ends });
    return [{ port: cableOf(back.out), tag: tagFor(back.out, null), bytes: new TextEncoder().encode(text), hash }];
  }

  /** The interface and the MAC of the next hop towards an address; null without a route. The longest prefix wins. */
  #wayTo(ip: number): { readonly out: FirewallInterface; readonly mac: Mac } | null {
    const { interfaces, neighbours, route } = this.description;
    const to = ipv4FromNumber(ip);
    const near = (address: Ipv4) => interfaces.find((one) => one.ip !== null && sameNetwork(one.ip, address));
    if (this.#owner(ip) !== null) return null;
    const network = parseIpv4Prefix(route.network);
    const hop = near(to) !== undefined ? to : network !== null && prefixContains(network, to) ? route.via : null;
    const out = hop === null ? undefined : near(hop);
    const entry = neighbours.find((one) => one.at === out?.name && one.ip === hop);
    return out === undefined || entry === undefined ? null : { out, mac: entry.mac };
  }

  #owner(ip: number): FirewallInterface | null {
    return this.description.interfaces.find((one) => one.ip !== null && ipv4ToNumber(one.ip) === ip) ?? null;
  }

  /** What a dead cable was to carry is dropped there; an aggregate sends by one of its members. */
  #leave(frames: readonly Outgoing[]): Fate {
    const outcomes = frames.map((one) => this.#leaveOne(one));
    return {
      sent: outcomes.filter((one) => typeof one !== 'string'),
      dropped: outcomes.filter((one) => typeof one === 'string'),
      isPunted: false,
    };
  }

  #leaveOne({ port, tag, bytes, hash }: Outgoing): LeavingFrame | DropReason {
    if (this.#down.has(port)) return 'link-down';
    const { members } = this.#interface(port);
    if (members === undefined) return { port, tag, bytes };
    const sending = members.filter((one) => this.#distributing.has(one) && !this.#down.has(one));
    const member = memberOf(sending, hash ?? hashOf(bytes));
    return member === undefined ? 'aggregate-member' : { port: member, tag, bytes };
  }

  /** That of a port; of a member, its aggregate. */
  #interface(name: string): FirewallInterface {
    const found = this.description.interfaces.find((one) => one.name === name || one.members?.includes(name));
    if (found === undefined) throw new RangeError(`the firewall has no interface ${name}`);
    return found;
  }
}

function dropped(reason: DropReason): Fate {
  return { sent: [], dropped: [reason], isPunted: false };
}

/** A subinterface's frames have its tag; priority and drop-eligible bits of the tag they came with stay. */
function tagFor({ parent, tag }: FirewallInterface, arrivedWith: VlanTag | null): VlanTag | null {
  if (parent === null) return null;
  return { id: tag, priority: arrivedWith?.priority ?? 0, isDropEligible: arrivedWith?.isDropEligible ?? false };
}

function sameNetwork(a: Ipv4, b: Ipv4): boolean {
  return ipv4ToNumber(a) >>> 8 === ipv4ToNumber(b) >>> 8;
}

function isGroup(mac: Mac): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}

function macAt(bytes: Uint8Array, at: number): Mac {
  return [...bytes.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':') as Mac;
}

function macBytes(mac: Mac): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
