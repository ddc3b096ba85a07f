/**
 * Asking for neighbours: requests for a next hop without an entry (ARP-01), and for one whose entry is no longer trusted, until an
 * answer comes or nobody answered often enough.
 */
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { type Ipv4, prefixContains } from '../../../values/ipv4-address.ts';
import { isIpv6 } from '../../../values/ipv6-address.ts';
import type { Mac } from '../../../values/mac.ts';
import { arpRequest, emitArpFrame } from '../../../wire/arp.ts';
import type { Asking } from '../../turn/memory.ts';
import type { Turn } from '../../turn/turn.ts';
import { profileOf } from './profile.ts';
import { solicitationFrame } from './solicitation.ts';
import { causeOfNoAnswer, causeOfQuestion } from './unanswered.ts';

/** Rule ARP-01; Linux: retrans_time_ms. */
const RETRY_NS = 1_000_000_000;
/** Rule ARP-01: a request, then three retries. */
const TRIES_MAX = 4;
/** Linux: mcast_solicit broadcasts for a new entry, ucast_solicit requests to the MAC of an old one; 3 is the default of both. */
const LINUX_TRIES_MAX = 3;

/** Begins to ask for an address on an interface. @param item what to ask; its first request leaves at `nextNs`. */
export function startAsking(
  turn: Turn,
  iface: LabInterface,
  item: Omit<Asking, 'interface' | 'tries' | 'sinceNs' | 'since'>,
): void {
  const { node, name } = iface;
  const at = endpointOf(iface);
  const cause = causeOfQuestion(turn, { at, ip: item.ip, cause: item.cause });
  turn.blameNeighbour(at, item.ip, cause);
  const since = { sinceNs: item.nextNs, since: turn.state.changedAt };
  turn.memory(node).asking[neighbourKey(item.ip, name)] = { ...item, ...since, cause, interface: name, tries: 0 };
  askAll(turn, node);
}

/** Asks again for what is due, gives up on what was asked often enough, and sets the alarm for the rest. */
export function askAll(turn: Turn, node: string): void {
  const { asking } = turn.memory(node);
  const triesMax = profileOf(turn, node) === 'linux' ? LINUX_TRIES_MAX : TRIES_MAX;
  let next: number | null = null;
  for (const key of Object.keys(asking).sort()) {
    const item = asking[key];
    if (item === undefined) continue;
    if (item.nextNs <= turn.nowNs && item.tries >= triesMax) {
      delete asking[key];
      giveUp(turn, node, item);
      continue;
    }
    if (item.nextNs <= turn.nowNs) ask(turn, node, item);
    if (next === null || item.nextNs < next) next = item.nextNs;
  }
  turn.wake(node, 'arp', next);
}

function ask(turn: Turn, node: string, item: Asking): void {
  const iface = (turn.index.byNode.get(node) ?? []).find(({ name }) => name === item.interface);
  const linux = turn.memory(node).linux[neighbourKey(item.ip, item.interface)];
  // DELAY becomes PROBE (Linux: neigh_timer_handler).
  if (linux !== undefined && item.tries === 0) linux.updatedNs = turn.nowNs;
  item.tries++;
  item.nextNs = turn.nowNs + RETRY_NS;
  if (iface === undefined) return;
  const frame = isIpv6(item.ip) ? solicitationFrame(turn, iface, item.ip, item.mac as Mac | '') : requestFrame(turn, iface, item);
  if (frame !== null) turn.send(endpointOf(iface), frame, item.cause);
}

/** Null where the interface has no address to ask from. */
function requestFrame(turn: Turn, iface: LabInterface, item: Asking): Uint8Array | null {
  const ip = item.ip as Ipv4;
  const own = iface.ipv4.find((prefix) => prefixContains(prefix, ip)) ?? iface.ipv4[0];
  if (own === undefined) return null;
  const mac = turn.state.interfaces[endpointOf(iface)]?.usedMac as Mac;
  const request = item.mac === '' ? arpRequest(mac, own.address, ip) : arpRequest(mac, own.address, ip, item.mac as Mac);
  return emitArpFrame(request);
}

function giveUp(turn: Turn, node: string, { ip, interface: name, cause: askedFor, sinceNs }: Asking): void {
  const key = neighbourKey(ip, name);
  const { linux: entries, silent } = turn.memory(node);
  const cause = causeOfNoAnswer(turn, { at: `${node}:${name}`, ip, cause: askedFor }, sinceNs);
  const entry = neighbourAt(turn.state, node, name, ip);
  const linux = entries[key];
  if (linux !== undefined) linux.hasFailed = true;
  silent[key] = cause;
  if (entry === undefined) turn.abandonNeighbour(`${node}:${name}`, ip, cause);
  else silent[key] = turn.say('NeighbourUpdated', cause, { node, interface: name, ip, old: entry.mac, new: '' });
}
