/** Plays a case on the data plane and on the oracle, frame by frame, and says in words where they first differ: fates, then sessions. */

import { ipv4FromNumber, ipv4ToNumber } from '../../ts/values/ipv4-address.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { plainFrame } from '../support/frames.ts';
import { datagram, type Flags, type SocketAddress, segment, unreachable, type Way } from '../support/transport.ts';
import { contentOf, DataplaneFirewall } from './dataplane-firewall.ts';
import { echoFrame } from './echo.ts';
import {
  type ArrivingFrame,
  cableOf,
  cablesOf,
  type Fate,
  type FirewallChange,
  type FirewallDescription,
  type FirewallInterface,
} from './firewall-model.ts';
import type { Outcomes } from './play.ts';
import {
  addressesOf,
  BROADCAST,
  type ChangeStep,
  type FirewallCase,
  type FirewallStep,
  type FrameStep,
  type PacketStep,
  type SessionStep,
  STATIONS,
} from './random-firewall.ts';
import { ReferenceFirewall } from './reference-firewall.ts';
import { type Ends, ICMP, TCP } from './reference-packet.ts';

/** Null when both agree to the end; else the firewall, what happened to it, and where they part. */
export function firewallDifference({ description, steps }: FirewallCase, outcomes: Outcomes = new Map()): string | null {
  const oracle = new ReferenceFirewall(description);
  const dataplane = new DataplaneFirewall(description);
  const story = [JSON.stringify(description)];
  let nowNs = 1_000_000;
  for (const step of steps) {
    nowNs += step.gapNs;
    try {
      const difference = take(step, nowNs, { oracle, dataplane, story, outcomes });
      if (difference !== null) return [...story, ...difference].join('\n');
    } catch (error) {
      return [...story, `  stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`].join('\n');
    }
  }
  dataplane.release();
  return null;
}

interface Stage {
  readonly oracle: ReferenceFirewall;
  readonly dataplane: DataplaneFirewall;
  readonly story: string[];
  readonly outcomes: Outcomes;
}

function take(step: FirewallStep, atNs: number, { oracle, dataplane, story, outcomes }: Stage): readonly string[] | null {
  if (step.what === 'change') {
    const change = changeOf(step, oracle.description);
    if (change === null) return null;
    story.push(`${atNs} ns ${JSON.stringify(change)}`);
    oracle.apply(atNs, change);
    dataplane.apply(atNs, change);
    // Time passes in the data plane with its frames.
    return null;
  }
  const frame = frameOf(step, atNs, oracle);
  if (frame === null) return null;
  story.push(`${atNs} ns ${frame.port} <- tag ${frame.tag?.id ?? '-'} ${Buffer.from(frame.bytes).toString('hex')}`);
  const seen = dataplane.receive(atNs, frame);
  const expected = oracle.receive(atNs, frame, dataplane.sessions());
  const own = oracle.description.interfaces.flatMap(({ ip }) => (ip === null ? [] : [ipv4ToNumber(ip)]));
  for (const name of namesOf(expected, own)) outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  const difference = compare('fate', fateText(expected, own), fateText(seen, own));
  if (difference !== null) return difference;
  story.push(`      -> ${fateText(expected, own).slice(0, 90)}`);
  return compare('sessions', sorted(oracle.sessions(atNs)), sorted(dataplane.sessions()));
}

function compare(what: string, oracle: string, dataplane: string): readonly string[] | null {
  return oracle === dataplane
    ? null
    : [`  ${what} by the rules:          ${oracle}`, `  ${what} of the data plane:    ${dataplane}`];
}

function sorted(lines: readonly string[]): string {
  return [...lines].sort().join('; ') || 'none';
}

/** A fate as text, in an order of its own. @param own addresses of the firewall. */
export function fateText({ sent, dropped, isPunted }: Fate, own: readonly number[]): string {
  const frames = sent.map(({ port, tag, bytes }) => `${port} ${tagText(tag)} ${contentOf(bytes, own)}`).sort();
  return (
    [...frames, ...[...dropped].sort().map((reason) => `dropped ${reason}`), ...(isPunted ? ['to the agent'] : [])].join('; ') ||
    'nothing'
  );
}

function tagText(tag: VlanTag | null): string {
  return tag === null ? 'untagged' : `VLAN ${tag.id} ${tag.priority}${tag.isDropEligible ? ' eligible' : ''}`;
}

/** What a frame came to, in general: a comparison that never saw a drop reason proves nothing about it. */
export function namesOf({ sent, dropped, isPunted }: Fate, own: readonly number[]): string[] {
  const kinds = sent
    .map(({ bytes }) => contentOf(bytes, own).split(' '))
    .map(([first = '']) => (/^[0-9a-f]{20,}$/.test(first) ? 'frame' : first));
  return [
    ...kinds.map((kind) => `sent ${kind}`),
    ...dropped.map((reason) => `dropped ${reason}`),
    ...(isPunted ? ['to the agent'] : []),
  ];
}

// ── From numbers to what is there ───────────────────────────────────────────────────────────────────────────────────

const FLAGS: readonly Flags[] = ['S', 'SA', 'A', 'A', 'F', 'R'];
const PORTS = [80, 1000, 5000];

/** Null where the step is about a session and the firewall has none. */
export function frameOf(step: PacketStep | SessionStep | FrameStep, atNs: number, oracle: ReferenceFirewall): ArrivingFrame | null {
  if (step.what === 'packet') return packetOf(step, oracle.description);
  if (step.what === 'session') return ofSession(step, atNs, oracle);
  const cables = cablesOf(oracle.description);
  const other = [...STATIONS, BROADCAST, pick(oracle.description.interfaces, step.dst).mac];
  const bytes = new Uint8Array(Math.max(60, step.bytes + 20)).fill(7);
  bytes.set(plainFrame(pick(STATIONS, step.src), pick(other, step.dst)).subarray(0, 14));
  return { port: pick(cables, step.at), tag: step.tag, bytes };
}

/** A packet comes from the segment of its source, where that is one of the neighbours; else from any. */
function packetOf(step: PacketStep, description: FirewallDescription): ArrivingFrame {
  const addresses = addressesOf(description);
  const source = pick(description.neighbours, step.from);
  const isAstray = step.oddity === 15;
  const at = isAstray ? undefined : description.interfaces.find(({ name }) => name === source.at);
  const cable = at === undefined ? pick(cablesOf(description), step.at) : lineOf(description, at, step.at);
  const to = pick(addresses, step.to);
  const own = at?.mac ?? pick(description.interfaces, step.at).mac;
  const way: Way = {
    macs: [source.mac, step.oddity === 0 ? BROADCAST : step.oddity === 1 ? pick(STATIONS, step.at) : own],
    from: `${source.ip}:${pick(PORTS, step.ports)}`,
    to: `${to}:${pick(PORTS, step.ports >> 2)}`,
  };
  const bytes = bytesOf(step.protocol, way, pick(FLAGS, step.flags), step.bytes);
  return { port: cable, tag: tagOf(at?.tag ?? 0, isAstray ? step.tag : null), bytes: aged(bytes, step.ttl, step.oddity === 2) };
}

/** A cable that leads to an interface: of an aggregate, one of them. */
function lineOf({ interfaces }: FirewallDescription, at: FirewallInterface, choice: number): string {
  const { members } = interfaces.find(({ name }) => name === cableOf(at)) ?? {};
  return members === undefined ? cableOf(at) : pick(members, choice);
}

function tagOf(own: number, other: VlanTag | null): VlanTag | null {
  return own === 0 ? other : { id: own, priority: 0, isDropEligible: false };
}

function bytesOf(protocol: PacketStep['protocol'], way: Way, flags: Flags, bytes: number): Uint8Array {
  if (protocol === 'tcp') return segment(way, flags, bytes);
  return protocol === 'udp' ? datagram(way, bytes) : echoFrame(way, 'request', bytes);
}

/** One side of a living session sends; null without one. */
function ofSession(
  { session, isAnswer, isError, flags, bytes }: SessionStep,
  atNs: number,
  oracle: ReferenceFirewall,
): ArrivingFrame | null {
  const living = oracle.sessionTable?.ends(atNs) ?? [];
  if (living.length === 0) return null;
  const { protocol, outward, backward } = pick(living, session);
  const sent = isAnswer ? backward : outward;
  const { interfaces, neighbours, route } = oracle.description;
  const sender = neighbours.find(({ ip }) => ip === ipv4FromNumber(sent.source)) ?? neighbours.find(({ ip }) => ip === route.via);
  const at = interfaces.find(({ name }) => name === sender?.at);
  if (sender === undefined || at === undefined) return null;
  const way = wayOf(sent, [sender.mac, at.mac]);
  const kind = protocol === TCP ? 'tcp' : protocol === ICMP ? 'echo' : 'udp';
  // What it received had the same ends, turned round.
  const about = { ...way, from: way.to, to: way.from };
  const one =
    kind === 'echo' ? echoFrame(way, isAnswer ? 'reply' : 'request', bytes) : bytesOf(kind, way, pick(FLAGS, flags), bytes);
  const quoted = kind === 'echo' ? echoFrame(about, isAnswer ? 'request' : 'reply', 8) : bytesOf(kind, about, 'A', 8);
  return {
    port: lineOf(oracle.description, at, session),
    tag: tagOf(at.tag, null),
    bytes: isError ? unreachable(way, quoted) : one,
  };
}

function wayOf(ends: Ends, macs: Way['macs']): Way {
  const from: SocketAddress = `${ipv4FromNumber(ends.source)}:${ends.sourcePort}`;
  return { macs, from, to: `${ipv4FromNumber(ends.destination)}:${ends.destinationPort}` };
}

/** With another TTL, and the checksum of that or a wrong one. */
function aged(frame: Uint8Array, ttl: number, isBroken: boolean): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint8(22, ttl);
  view.setUint16(24, 0);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  view.setUint16(24, (~sum & 0xffff) ^ (isBroken ? 0x0101 : 0));
  return frame;
}

/** Null when the firewall has nothing that this could happen to. */
function changeOf({ change, at, on }: ChangeStep, description: FirewallDescription): FirewallChange | null {
  if (change === 'carrier') return { what: 'carrier', port: pick(cablesOf(description), at), up: on };
  if (change === 'power') return { what: 'power', on };
  if (change === 'clear sessions') return { what: 'clear sessions' };
  if (change === 'member') {
    const members = description.interfaces.flatMap((one) => one.members ?? []);
    return members.length === 0
      ? null
      : { what: 'member', port: pick(members, at >> 1), collects: on || at % 2 === 1, distributes: on };
  }
  return description.isMember ? { what: 'role', active: on } : null;
}

function pick<T>(items: readonly T[], n: number): T {
  const item = items[n % items.length];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}
