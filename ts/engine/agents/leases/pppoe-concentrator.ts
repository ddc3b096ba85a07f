/**
 * A PPPoE concentrator (RFC 2516, section 5): it offers itself, and gives each client that asks a session with the next number and the next
 * address of its range, so that a client that comes back usually gets another one (rule LEASE-06).
 *
 * Decision someone may dispute: a MAC has one session. A client that asks again while its session is open gets a new one in its place.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { PppoeConcentrator } from '../../../model/lab/pppoe.ts';
import { fnv1a } from '../../../values/fnv1a.ts';
import { type Ipv4, ipv4FromNumber, ipv4ToNumber } from '../../../values/ipv4-address.ts';
import type { EthernetFrame } from '../../../wire/ethernet.ts';
import { PPPOE_TAG, type PppoePacket, type PppoeTag, parseTags, tagOf } from '../../../wire/pppoe.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { drawn } from './client-identity.ts';
import { hexOf } from './frames.ts';
import { beginPpp } from './ppp.ts';
import { endsOf, giveUp, keyOf, stationWith } from './pppoe-ends.ts';
import { ANY_SERVICE, sayDiscovery, wordBytes } from './pppoe-frames.ts';

const SESSION_MAX = 0xffff;
const AC_SYSTEM_ERROR = 0x0202;

/** A packet of discovery reached a concentrator's interface. */
export function hearAsker(
  turn: Turn,
  iface: LabInterface,
  concentrator: PppoeConcentrator,
  { src }: EthernetFrame,
  { kind, payload }: PppoePacket,
  cause: Position,
): void {
  const tags = parseTags(payload);
  if (tags === null) return;
  const uniq = tagOf(tags, PPPOE_TAG.hostUniq);
  const echoed: readonly PppoeTag[] = [ANY_SERVICE, ...(uniq === undefined ? [] : [{ type: PPPOE_TAG.hostUniq, value: uniq }])];
  const mac = turn.state.interfaces[endpointOf(iface)]?.usedMac ?? '';
  const answer = { interface: iface.name, mac, peer: src, session: 0 };
  // RFC 2516, section 5.2: of a client that comes back with it, the concentrator knows that it hears what is sent to its MAC.
  const cookie = wordBytes(fnv1a(`${iface.node}\0${src}`));
  if (kind === 'padi') {
    const name = new TextEncoder().encode(iface.node);
    const tagged = [{ type: PPPOE_TAG.acName, value: name }, ...echoed, { type: PPPOE_TAG.acCookie, value: cookie }];
    sayDiscovery(turn, iface.node, answer, 'pado', tagged, cause);
  } else if (kind === 'padr' && hexOf(tagOf(tags, PPPOE_TAG.acCookie) ?? payload) === hexOf(cookie)) {
    const end = sessionFor(turn, iface, concentrator, answer, cause);
    if (end === null) {
      const position = turn.say('PppoeRefused', cause, {
        node: iface.node,
        interface: iface.name,
        mac: src,
        reason: 'no-free-address',
      });
      sayDiscovery(turn, iface.node, answer, 'pads', [...echoed, { type: AC_SYSTEM_ERROR, value: new Uint8Array(0) }], position);
      return;
    }
    sayDiscovery(turn, iface.node, end, 'pads', echoed, end.cause);
    beginPpp(turn, iface.node, end);
  }
}

/** A session for a client: the one that it just asked for, where it asks again, else a new one; null without a free address. */
function sessionFor(
  turn: Turn,
  iface: LabInterface,
  concentrator: PppoeConcentrator,
  { mac, peer }: { readonly mac: string; readonly peer: string },
  cause: Position,
): PppEnd | null {
  const { node, name } = iface;
  const before = endsOf(turn, node).find((end) => end.interface === name && end.peer === peer);
  if (before?.state === 'lcp') return before;
  const position = before === undefined ? cause : giveUp(turn, node, before, 'replaced', false, cause);
  const ends = endsOf(turn, node);
  const ip = nextAddress(turn, iface, concentrator, new Set(ends.map(({ peerIp }) => peerIp)));
  const session = nextNumber(turn, node, new Set(ends.map((end) => end.session)));
  if (ip === null || session === null) return null;
  turn.memory(node).pppoeLast = { session, ip };
  const end: PppEnd = {
    role: 'concentrator',
    interface: name,
    state: 'lcp',
    mac,
    peer,
    peerAt: stationWith(turn, peer as EthernetFrame['src']),
    session,
    magic: drawn(turn, iface, `ppp ${session}`, 2 ** 32),
    cookie: '',
    ip: iface.ipv4[0]?.address ?? '',
    peerIp: ip,
    tries: 0,
    nextNs: turn.nowNs,
    id: 0,
    isAcknowledged: false,
    hasAcknowledged: false,
    missing: 0,
    missingSinceNs: turn.nowNs,
    heard: turn.state.changedAt,
    cause: position,
  };
  turn.memory(node).pppoe[keyOf(end)] = end;
  return end;
}

/** The first free address behind the one that was given last, round the range; null when all are taken. */
function nextAddress(
  turn: Turn,
  { node, ipv4 }: LabInterface,
  { first, last }: PppoeConcentrator,
  taken: ReadonlySet<string>,
): Ipv4 | null {
  const [from, to] = [ipv4ToNumber(first), ipv4ToNumber(last)];
  const size = to - from + 1;
  const before = turn.memory(node).pppoeLast.ip;
  const begin = before === '' ? 0 : ipv4ToNumber(before as Ipv4) - from + 1;
  for (let i = 0; i < size; i++) {
    const ip = ipv4FromNumber(from + ((begin + i) % size));
    if (!taken.has(ip) && !ipv4.some(({ address }) => address === ip)) return ip;
  }
  return null;
}

function nextNumber(turn: Turn, node: string, taken: ReadonlySet<number>): number | null {
  const before = turn.memory(node).pppoeLast.session;
  for (let i = 0; i < SESSION_MAX; i++) {
    const number = ((before + i) % SESSION_MAX) + 1;
    if (!taken.has(number)) return number;
  }
  return null;
}
