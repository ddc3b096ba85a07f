/** Why nobody answers for an address. */
import type { Position } from '../../../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import { pathBetween } from '../../../model/lab/path.ts';
import { neighbourAt, neighbourKey } from '../../../model/state/neighbour-state.ts';
import { blockers, causeOfSilence } from '../../turn/silence.ts';
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
  if (away !== null) return Math.max(away, cause);
  return Math.max(cause, turn.memory(splitEndpoint(at).node).silent[neighbourKey(ip, splitEndpoint(at).name)] ?? 0);
}

/** After the last request: why there was no answer. @param sinceNs when the first request was sent. */
export function causeOfNoAnswer(turn: Turn, { at, ip, cause }: Question, sinceNs: number): Position {
  const { node, name } = splitEndpoint(at);
  const heard = neighbourAt(turn.state, node, name, ip)?.since ?? 0;
  const away = awaySince(turn, at, ip);
  if (away !== null) return away;
  for (const from of ownersOf(turn, at, ip)) {
    const found = causeOfSilence(turn, { at, from, heard: Math.max(heard, turn.definedUpTo), sinceNs, otherwise: 0 });
    if (found > turn.definedUpTo) return found;
  }
  return cause;
}

/**
 * Since which event nobody who has the address can answer: an owner is away since the first event that keeps it so, and all of
 * them since the last went. Null when one of them can answer, or nothing that happened keeps them away.
 */
function awaySince(turn: Turn, at: Endpoint, ip: string): Position | null {
  const owners = ownersOf(turn, at, ip).map((owner) => {
    const unit = turn.state.ha[splitEndpoint(owner).node];
    const gate = unit !== undefined && unit.state !== 'active' ? [unit.since] : [];
    return [...blockers(turn, pathBetween(turn.index, at, owner)), ...gate].sort((a, b) => a - b)[0] ?? 0;
  });
  const latest = owners.includes(0) ? 0 : Math.max(0, ...owners);
  return latest > turn.definedUpTo ? latest : null;
}

/** Interfaces of other nodes that have the address, on the segment. */
function ownersOf(turn: Turn, at: Endpoint, ip: string): readonly Endpoint[] {
  const { lab } = turn.index;
  const owners = lab.interfaces.filter(
    ({ node, ipv4 }) => node !== splitEndpoint(at).node && ipv4.some(({ address }) => address === ip),
  );
  return owners.map(endpointOf).filter((owner) => pathBetween(turn.index, at, owner).isCabled);
}
