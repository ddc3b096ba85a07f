/** Questions about why, to a recorded lab: its log is read once, and its course is run again on this machine. */
import { explainFlow, type FlowExplained } from '../../debug/explain/explain-flow.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { LabEvent } from '../../model/events/events.ts';
import { createEngine } from '../engine/host.ts';
import { readAll } from './state-at.ts';

/**
 * Why a flow lost frames.
 * @param describe an event in one line.
 * @throws NoSuchFlow naming the flows there are.
 */
export async function explainLabFlow(
  log: EventLog,
  lab: string,
  flow: string,
  describe: (event: LabEvent) => string,
): Promise<FlowExplained> {
  return explainFlow(await readAll(log, lab), flow, { newEngine: createEngine, describe });
}
