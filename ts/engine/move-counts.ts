/**
 * Moves of learned MACs so far, exact at any moment: recorded moves, and moves that the data plane has counted since (they are
 * recorded with the next input or second). Reading changes nothing.
 */
import { addMoves, type MoveState } from '../model/state/move-state.ts';
import { named } from '../values/named.ts';
import { movesOf, pendingMoves } from './agents/ports/mac-move.ts';
import type { Engine } from './engine.ts';

/** Moves up to the engine's moment, by "node vlan mac". */
export function readMoves(engine: Engine): Record<string, MoveState> {
  const moves = named(Object.entries(engine.state.moves));
  for (const counted of pendingMoves(engine.dataplane)) addMoves(moves, movesOf(engine.lab.lab, counted), 0, counted.cause);
  return moves;
}
