/** Why nobody answers for an address. */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { pathBetween } from '../../../model/lab/path.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { blockers, causeOfSilence, latestChange, lostFrame } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';

/** A question that is about to be asked, or was asked in vain. */
export interface Question {
  readonly at: Endpoint;
  readonly ip: string;
  /** The event it is asked for. */
  readonly cause: Position;
}

/**
 * Before the first request: the event that keeps away whoever has the address, else the one by which it fell silent before, else
 * the one the question is asked for.
 */
export function causeOfQuestion(turn: Turn, { at, ip, cause }: Question): Position {
  const away = awaySince(turn, at, ip);
  if (away !== null) return turn.later(away, cause);
  return turn.later(cause, turn.memory(splitEndpoint(at).node).silent[neighbourKey(ip, splitEndpoint(at).name)] ?? 0);
}

/** After the last request: why there was no answer. @param sinceNs when the first request was sent. */
export function causeOfNoAnswer(turn: Turn, { at, ip, cause }: Question, sinceNs: number): Position {
  const { node, name } = splitEndpoint(at);
  const heard = neighbourAt(turn.state, node, name, ip)?.since ?? 0;
  const away = awaySince(turn, at, ip);
  if (away !== null) return away;
  for (const from of ownersOf(turn, at, ip)) {
    const found = causeOfSilence(turn, { at, from, heard, sinceNs, otherwise: 0 });
    if (turn.hasHappened(found)) return found;
  }
  return cause;
}

/**
 * While an answer may still come: why it will not. What keeps the owners away, or the drop of a request or an answer; else the event
 * that the question is asked for.
 */
export function causeOfWaiting(turn: Turn, { at, ip, cause }: Question, sinceNs: number): Position {
  const away = awaySince(turn, at, ip);
  if (away !== null) return away;
  for (const from of ownersOf(turn, at, ip)) {
    // One that is away drops its copy of the request: that keeps nobody else from answering.
    const lost =
      ownerAwaySince(turn, at, from) !== 0 ? null : lostFrame(turn, pathBetween(turn.index, at, from), { at, from, sinceNs });
    if (lost !== null) return turn.later(lost, cause);
  }
  return cause;
}

/**
 * Why an address is known again, or another MAC has it. After questions in vain, what opened the way counts; where there was an entry,
 * what made it: without that, nothing would have moved. An entry that a stranger made is put right sooner or later: because of the
 * stranger. @param cause the event that the answer was sent for.
 */
export function causeOfNews(turn: Turn, { at, ip, cause }: Question): Position {
  const { node, name } = splitEndpoint(at);
  const entry = neighbourAt(turn.state, node, name, ip);
  if (entry !== undefined) {
    if (!turn.hasHappened(entry.since)) return cause;
    return isOwners(turn, { at, ip }, entry) ? turn.later(cause, entry.since) : entry.since;
  }
  const { asking, silent } = turn.memory(node);
  const asked = asking[neighbourKey(ip, name)];
  const since = silent[neighbourKey(ip, name)] ?? (asked !== undefined && asked.tries > 1 ? asked.since : null);
  if (since === null) return cause;
  const present = ownersOf(turn, at, ip).filter((owner) => ownerAwaySince(turn, at, owner) === 0);
  const opened = present.map((owner) => latestChange(turn, pathBetween(turn.index, at, owner), since) ?? 0);
  const latest = Math.max(0, ...opened);
  return latest === 0 ? cause : turn.later(cause, latest);
}

/**
 * Since which event nobody who has the address can answer: an owner is away since the first event that keeps it so, and all of
 * them since the last went. Null when one of them can answer, or nothing that happened keeps them away.
 */
function awaySince(turn: Turn, at: Endpoint, ip: string): Position | null {
  const owners = ownersOf(turn, at, ip).map((owner) => ownerAwaySince(turn, at, owner));
  const latest = owners.includes(0) ? 0 : Math.max(0, ...owners);
  return turn.hasHappened(latest) ? latest : null;
}

/** The first event that keeps an owner of an address from answering; 0 when it can. */
function ownerAwaySince(turn: Turn, at: Endpoint, owner: Endpoint): Position {
  const unit = turn.state.ha[splitEndpoint(owner).node];
  const gate = unit !== undefined && unit.state !== 'active' ? [unit.since] : [];
  return [...blockers(turn, pathBetween(turn.index, at, owner)), ...gate].sort((a, b) => a - b)[0] ?? 0;
}

/** Whether an entry has the MAC of an owner of its address, or may have had it: the MAC of one changed since. */
function isOwners(turn: Turn, { at, ip }: Omit<Question, 'cause'>, { mac, since }: { mac: string; since: Position }): boolean {
  return ownersOf(turn, at, ip).some((owner) => {
    const { usedMac, initialMac, macSince = 0 } = turn.state.interfaces[owner] ?? {};
    return mac === usedMac || mac === initialMac || macSince > since;
  });
}

function hasAddress(turn: Turn, iface: LabInterface, ip: string): boolean {
  const wide = turn.state.addresses6[endpointOf(iface)] ?? [];
  return iface.ipv4.some(({ address }) => address === ip) || wide.some((one) => one.ip === ip);
}

/** Interfaces of other nodes that have the address, on the segment. */
function ownersOf(turn: Turn, at: Endpoint, ip: string): readonly Endpoint[] {
  const { lab } = turn.index;
  const owners = lab.interfaces.filter((iface) => iface.node !== splitEndpoint(at).node && hasAddress(turn, iface, ip));
  return owners.map(endpointOf).filter((owner) => pathBetween(turn.index, at, owner).isCabled);
}
