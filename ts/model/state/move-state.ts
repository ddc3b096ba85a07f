/** Moves of learned MACs between the ports of switches, folded from events: how often each moved, and its last move. */
import type { EventData, Position } from '../events/events.ts';
import type { Evolvers } from './evolvers.ts';
import type { NodeStates } from './node-state.ts';

export interface MoveState {
  node: string;
  vlan: number;
  /** '' for all MACs of a switch that were not told apart. */
  mac: string;
  moves: number;
  /** Of the last move: names of the switch's ports, and when it was. */
  from: string;
  to: string;
  lastNs: number;
  /** The last MacMoved, 0 while none is on record; and the event that the frame of the last move exists for. */
  position: Position;
  cause: Position;
}

export interface MoveStates extends NodeStates {
  /** By "node vlan mac". */
  moves: Record<string, MoveState>;
}

export const MOVE_EVOLVERS: Evolvers<MoveStates> = {
  MacMoved: (state, data, { position, cause }) => {
    if (state.nodes[data.node] !== undefined) addMoves(state.moves, data, position, cause);
  },
};

/** @param position of the event, or 0 for moves that are not on record: they keep the position of those that are. */
export function addMoves(moves: Record<string, MoveState>, data: EventData['MacMoved'], position: Position, cause: Position): void {
  const { node, vlan, mac, from, to, count, lastNs } = data;
  const key = `${node} ${vlan} ${mac}`;
  const known = moves[key];
  const sum = (known?.moves ?? 0) + count;
  moves[key] = { node, vlan, mac, moves: sum, from, to, lastNs, position: position || (known?.position ?? 0), cause };
}
