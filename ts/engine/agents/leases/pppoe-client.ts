/**
 * A PPPoE client (RFC 2516, section 5), one for each interface with `ipv4: pppoe`: it looks for a concentrator, asks the first that offers, and
 * agrees with it on a session (ppp.ts).
 *
 * Decisions someone may dispute: as a DHCP client, one that starts waits up to 1 s; PADI and PADR are repeated after 5 s, doubled up to 40 s; after
 * three PADRs it looks for a concentrator again; so it does 5 s after it was refused, or the other end ended the session.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Mac } from '../../../values/mac.ts';
import type { EthernetFrame } from '../../../wire/ethernet.ts';
import { PPPOE_TAG, type PppoePacket, type PppoeTag, parseTags, tagOf } from '../../../wire/pppoe.ts';
import type { PppEnd } from '../../turn/pppoe-memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { drawn } from './client-identity.ts';
import { bytesOf, hexOf, NO_ADDRESS } from './frames.ts';
import { beginPpp } from './ppp.ts';
import { stationWith } from './pppoe-ends.ts';
import { ANY_SERVICE, sayDiscovery, wordBytes } from './pppoe-frames.ts';

const RETRY_NS = 5_000_000_000;
const RETRIES_DOUBLED = 3;
const REQUESTS_MAX = 3;
/** How long a client waits before it tries again with a concentrator that would not have it. */
export const REFUSED_WAIT_NS = RETRY_NS;

/** Begins to look for a concentrator, from the MAC that the interface has now. */
export function beginDiscovery(turn: Turn, iface: LabInterface, nextNs: number, cause: Position): void {
  turn.memory(iface.node).pppoe[iface.name] = {
    role: 'client',
    interface: iface.name,
    state: 'waiting',
    mac: turn.state.interfaces[endpointOf(iface)]?.usedMac ?? '',
    peer: '',
    peerAt: '',
    session: 0,
    magic: drawn(turn, iface, `ppp ${nextNs}`, 2 ** 32),
    cookie: '',
    ip: NO_ADDRESS,
    peerIp: NO_ADDRESS,
    tries: 0,
    nextNs,
    id: 0,
    isAcknowledged: false,
    hasAcknowledged: false,
    missing: 0,
    missingSinceNs: nextNs,
    heard: turn.state.changedAt,
    cause,
  };
}

/** What is due at a client without a session. */
export function discoveryTick(turn: Turn, iface: LabInterface, end: PppEnd): void {
  if (end.state === 'requesting' && end.tries < REQUESTS_MAX) askForSession(turn, iface, end);
  else if (end.state === 'requesting') {
    beginDiscovery(turn, iface, turn.nowNs, end.cause);
    lookAround(turn, iface, turn.memory(iface.node).pppoe[iface.name] ?? end);
  } else lookAround(turn, iface, end);
}

function lookAround(turn: Turn, iface: LabInterface, end: PppEnd): void {
  end.state = 'discovering';
  waitForAnswer(turn, end);
  sayDiscovery(turn, iface.node, end, 'padi', [ANY_SERVICE, own(end)], end.cause);
}

function askForSession(turn: Turn, iface: LabInterface, end: PppEnd): void {
  end.state = 'requesting';
  waitForAnswer(turn, end);
  const cookie = end.cookie === '' ? [] : [{ type: PPPOE_TAG.acCookie, value: bytesOf(end.cookie) }];
  sayDiscovery(turn, iface.node, end, 'padr', [ANY_SERVICE, own(end), ...cookie], end.cause);
}

function waitForAnswer(turn: Turn, end: PppEnd): void {
  end.nextNs = turn.nowNs + RETRY_NS * 2 ** Math.min(end.tries, RETRIES_DOUBLED);
  end.tries++;
}

/** A client knows answers to itself by this (RFC 2516, appendix A). */
function own({ magic }: PppEnd): PppoeTag {
  return { type: PPPOE_TAG.hostUniq, value: wordBytes(magic) };
}

/** A packet of discovery reached a client. */
export function hearOffer(
  turn: Turn,
  iface: LabInterface,
  { src }: EthernetFrame,
  { kind, session, payload }: PppoePacket,
  cause: Position,
): void {
  const end = turn.memory(iface.node).pppoe[iface.name];
  const tags = parseTags(payload);
  if (end === undefined || tags === null || hexOf(tagOf(tags, PPPOE_TAG.hostUniq) ?? payload) !== hexOf(wordBytes(end.magic)))
    return;
  if (kind === 'pado' && end.state === 'discovering') {
    const cookie = tagOf(tags, PPPOE_TAG.acCookie);
    Object.assign(end, {
      peer: src,
      peerAt: stationWith(turn, src as Mac),
      cookie: cookie === undefined ? '' : hexOf(cookie),
      tries: 0,
      cause,
    });
    askForSession(turn, iface, end);
  } else if (kind === 'pads' && end.state === 'requesting' && src === end.peer) {
    if (session === 0) {
      beginDiscovery(turn, iface, turn.nowNs + REFUSED_WAIT_NS, cause);
      return;
    }
    Object.assign(end, { session, cause });
    beginPpp(turn, iface.node, end);
  }
}
