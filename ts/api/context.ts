/** The context that all routes of the API share. */
import type { EventLog, Head } from '../log/event-log.ts';
import type { LabService } from '../services/living/lab-service.ts';
import { noSuchLab } from './failures.ts';
import type { ApiLimits } from './limits.ts';
import type { ReExecutions } from './re-execution.ts';
import type { Reads } from './reads.ts';
import type { Streams } from './streams.ts';

/** Services and limits that all routes use. */
export interface ApiContext {
  readonly service: LabService;
  readonly limits: ApiLimits;
  readonly streams: Streams;
  readonly reads: Reads;
  readonly reExecutions: ReExecutions;
  /** Aborted when requests that wait for a lab must be answered with "try again". */
  readonly closing: AbortSignal;
}

export interface LabPath {
  readonly lab: string;
}

/** Where a lab ends. @throws Problem naming the labs there are */
export async function headOf(log: EventLog, lab: string): Promise<Head> {
  const head = await log.head(lab);
  if (head === null) throw noSuchLab(lab, await log.labs());
  return head;
}
