/** Plays a course and records it as a new lab, in this process: a question that is asked by one person, once. */
import type { Course } from '../../debug/course.ts';
import type { Decided } from '../../engine/decided.ts';
import type { Engine } from '../../engine/engine.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { createEngine } from '../engine/host.ts';

/** Data plane events between two looks at the signal. */
const SLICE_EVENTS = 1_000_000;

/**
 * Records a lab that does not exist yet.
 * @returns the engine at the end of the course.
 * @throws what the signal was aborted with: what was decided by then stays recorded; whatever the log throws.
 */
export async function recordCourse(log: EventLog, lab: string, { given }: Course, signal?: AbortSignal): Promise<Engine> {
  const engine = createEngine();
  let recorded = 0;
  const append = async (isLast: boolean): Promise<void> => {
    const records = engine.take().map((one) => recordOf(one));
    const last = records.at(-1);
    if (last === undefined) return;
    if (isLast) records.splice(-1, 1, { ...last, settled: true });
    await log.append(lab, recorded, records);
    recorded = last.position;
  };
  for (const [number, { input, commandId }] of given.entries()) {
    engine.receive(input, { commandId });
    while (!engine.step({ maxEvents: SLICE_EVENTS })) {
      if (signal?.aborted !== true) continue;
      await append(false);
      signal.throwIfAborted();
    }
    await append(number === given.length - 1);
  }
  return engine;
}

function recordOf({ event, body, chain, commandId, checkpoint }: Decided): LogRecord {
  return { position: event.position, body, chain, recordedAtMs: Date.now(), commandId, checkpoint, settled: false };
}
