/**
 * Snapshots for a bundle: the lab is run again, and a snapshot is taken where the log has a checkpoint, because only there a reader can
 * compare it with what is recorded. Which checkpoints are taken depends on the history alone, so the same history makes the same archive.
 */
import { SNAPSHOTS_MAX, SnapshotWriter } from '../../bundle/snapshot-parts.ts';
import type { TarFile } from '../../bundle/tar.ts';
import type { Engine } from '../../engine/engine.ts';
import { replayUntil } from '../../engine/replay.ts';
import type { EventLog, Head } from '../../log/event-log.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { bodyType } from '../../model/events/codec.ts';
import { EVENT_KINDS, type Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { createEngine, engineIdentity } from '../engine/host.ts';

const END = { position: Number.POSITIVE_INFINITY };

/** The files of a lab's snapshots; none from where this engine decides something else than is recorded. */
export async function* snapshotFiles(log: EventLog, lab: string, { position: end }: Head): AsyncGenerator<TarFile> {
  const chosen = await chosenCheckpoints(log, lab, end);
  const last = Math.max(0, ...chosen);
  const writer = new SnapshotWriter();
  const engine = createEngine();
  let before: LogRecord | null = null;
  for await (const batch of log.read(lab, 1, last)) {
    for (const record of batch) {
      if (chosen.has(record.position)) {
        if (before === null || !isRecorded(engine, before, record)) return;
        const { untilNs: _, ...snapshot } = engine.snapshot();
        const file = writer.add({ ...snapshot, engine: engineIdentity() });
        if (file !== null) yield file;
      }
      if (EVENT_KINDS[bodyType(record.body)] === 'input') replayUntil(engine, [record], END);
      engine.take();
      before = record;
    }
  }
}

/** Positions of records with a checkpoint of this build: all of them, or as many as a bundle has, evenly apart. */
async function chosenCheckpoints(log: EventLog, lab: string, end: Position): Promise<ReadonlySet<Position>> {
  const identity = engineIdentity();
  const all: Position[] = [];
  for await (const batch of log.read(lab, 1, end)) {
    for (const { position, checkpoint } of batch) if (checkpoint?.engine === identity) all.push(position);
  }
  const every = Math.max(1, all.length / SNAPSHOTS_MAX);
  return new Set(Array.from({ length: Math.min(all.length, SNAPSHOTS_MAX) }, (_, i) => all[Math.ceil((i + 1) * every) - 1] ?? end));
}

/** Whether an engine stands right before a record, where its checkpoint says. */
function isRecorded(engine: Engine, before: LogRecord, { checkpoint }: LogRecord): boolean {
  if (checkpoint === null || !sameBytes(engine.chain, before.chain)) return false;
  const { region, agents } = engine.checkpoint();
  return sameBytes(region, checkpoint.region) && sameBytes(agents, checkpoint.agents);
}
