/** What an engine is fed with. */
import type { Payload } from '../model/events/events.ts';

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
