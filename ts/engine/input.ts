/** The inputs of an engine. */
import type { Payload } from '../model/events/events.ts';
import { nanos } from '../values/nanos.ts';

/** How an input is taken. */
export interface Reception {
  /** Id of the command that brought it; goes into the record. */
  readonly commandId?: string;
  /** Whether a `TimeAdvanced` carries a checkpoint: it hashes the whole region, milliseconds of work. */
  readonly checkpoint?: boolean;
}

type InputType =
  | 'LabDefined'
  | 'CommandReceived'
  | 'FramesReceived'
  | 'TimeAdvanced'
  | 'CarrierReported'
  | 'LagExceeded'
  | 'RecordingStopped'
  | 'EngineHalted';

/** An input: what the world does to a lab. */
export type Input = Extract<Payload, { type: InputType }>;

/**
 * Whether pending counts (drops, blocks) go on record with an input, right behind it.
 *
 * A `TimeAdvanced` that lets time pass is no such input: a lab that follows the clock writes it before the first event decided
 * in that time, with counts pending that a re-execution does not have yet. One to the present (`toNs` is not later) is: it stands
 * at the end of a run and where a lab changes hands. `RecordingStopped` and `EngineHalted` stay the last event of a lab.
 *
 * @param presentNs the horizon before the input.
 */
export function settlesCounts(input: Input, presentNs: number): boolean {
  switch (input.type) {
    case 'LabDefined':
    case 'RecordingStopped':
    case 'EngineHalted':
      return false;
    case 'TimeAdvanced':
      return nanos(input.data.toNs) <= presentNs;
    default:
      return true;
  }
}
