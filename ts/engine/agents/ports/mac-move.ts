/** Moves of learned MACs into events: a switch learned an address at another port (asm/frame/move-run.ts). */
import type { Dataplane, MoveNotice } from '../../../dataplane/dataplane.ts';
import type { EventData, Position } from '../../../model/events/events.ts';
import type { Lab } from '../../../model/lab/lab.ts';
import { macFromNumber } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';

type Names = 'node' | 'from' | 'to';

/** Moves of one MAC at one switch, as the data plane has them: nodes and ports are numbers. */
interface Moves extends Omit<EventData['MacMoved'], Names>, Record<Names, number> {
  /** The event that the frame of the latest move exists for. */
  readonly cause: Position;
}

/** The event's fields. Without a MAC, when its moves are not told apart from others, there are no ports either. */
export function movesOf({ nodes, interfaces }: Lab, moves: Moves): EventData['MacMoved'] {
  const { vlan, mac, count, firstNs, lastNs } = moves;
  const portName = (port: number): string => (mac === '' ? '' : (interfaces[port]?.name ?? ''));
  return {
    node: nodes[moves.node]?.name ?? '',
    vlan,
    mac,
    from: portName(moves.from),
    to: portName(moves.to),
    count,
    firstNs,
    lastNs,
  };
}

/** Moves that were counted since the last flush. */
export function pendingMoves(dataplane: Dataplane): Moves[] {
  const rows = dataplane.rows((start) => dataplane.control.readMoveRuns(start));
  return rows.map(({ node, isKnown, vlan, mac, oldPort, newPort, cause, count, firstNs, lastNs }) => ({
    node,
    vlan,
    mac: isKnown === 0 ? '' : macFromNumber(Number(mac)),
    from: oldPort,
    to: newPort,
    cause,
    count,
    firstNs: Number(firstNs),
    lastNs: Number(lastNs),
  }));
}

/** Records moves of one MAC. */
export function sayMoves(turn: Turn, moves: Moves): void {
  turn.say('MacMoved', Math.max(1, moves.cause), movesOf(turn.index.lab, moves));
}

/** Records the first move of a run. */
export function sayFirstMove(turn: Turn, { node, atNs, ...move }: MoveNotice): void {
  sayMoves(turn, { ...move, node, count: 1, firstNs: atNs, lastNs: atNs });
}
