/** Notices of the data plane that nothing is remembered of: moves of MACs, and what becomes of connections. */
import type { FlowNotice, MoveNotice } from '../../dataplane/dataplane.ts';
import type { Turn } from '../turn/turn.ts';
import { sayFirstMove } from './ports/mac-move.ts';
import { sayConnection } from './traffic/connection.ts';

export function sayNotice(turn: Turn, notice: MoveNotice | FlowNotice): void {
  if (notice.kind === 'move') sayFirstMove(turn, notice);
  else sayConnection(turn, notice);
}
