/** The output of an engine: events, each with its bytes and its link of the chain. */
import type { LabEvent } from '../model/events/events.ts';
import type { Checkpoint } from '../model/events/record.ts';

/** An event as it goes to the log. */
export interface Decided {
  readonly event: LabEvent;
  readonly body: Uint8Array;
  readonly chain: Uint8Array;
  readonly commandId: string;
  readonly checkpoint: Checkpoint | null;
}
