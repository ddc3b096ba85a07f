/** Records the counts of the data plane since the last flush as events: at inputs (`settlesCounts`), and once a virtual second. */
import type { Dataplane } from '../dataplane/dataplane.ts';
import { runKey, sayMoreDrops } from './agents/drops.ts';
import { sayMoreBlocks, socketOf } from './agents/packet-io/packet-ring.ts';
import { pendingMoves, sayMoves } from './agents/ports/mac-move.ts';
import type { AgentMemory } from './turn/memory.ts';
import type { Turn } from './turn/turn.ts';

/** Runs of drops that went on. */
export function flushDrops(dataplane: Dataplane, memory: Readonly<AgentMemory>, turn: Turn): void {
  const { control } = dataplane;
  const runs = dataplane.rows((start) => control.readDropRuns(start)).filter((run) => run.count > 0n);
  for (const { port, reason, cause, count, firstNs, lastNs } of runs) {
    const run = { port: port === 0xffffffff ? -1 : port, reason, cause };
    const first = memory.dropRuns[runKey(run)];
    if (first === undefined) throw new Error(`drops at port ${port} without a first one`);
    const counted = { ...run, count: Number(count), firstNs: Number(firstNs), lastNs: Number(lastNs) };
    sayMoreDrops(turn, counted, first);
  }
  control.flushDropRuns();
}

/** Blocks of packet sockets that were retired. */
export function flushBlocks({ control }: Dataplane, memory: Readonly<AgentMemory>, turn: Turn): void {
  for (const [key, first] of Object.entries(memory.firstBlocks).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { port, socket } = socketOf(key);
    const { full, byTimer } = control.takeRetired(port, socket);
    if (full + byTimer === 0n) continue;
    sayMoreBlocks(turn, { port, socket, full: Number(full), byTimer: Number(byTimer) }, first);
  }
}

/** Moves of learned addresses that went on. */
export function flushMoves(dataplane: Dataplane, turn: Turn): void {
  for (const moves of pendingMoves(dataplane)) sayMoves(turn, moves);
  dataplane.control.flushMoveRuns();
}
