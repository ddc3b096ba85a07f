/** The lab of a link, executed: its records as a log would have them. */
import { LINK_POSITIONS_MAX, LinkDamaged, type LinkedLab } from '../../bundle/link.ts';
import type { NewEngine } from '../../debug/rerun.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Input } from '../../engine/input.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { EVENT_KINDS } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';

/** Events of the data plane between two looks at how much was decided. */
const SLICE_EVENTS = 100_000;

export interface PlayedLab {
  readonly records: readonly LogRecord[];
  /** Whether the last event has the link's chain: where not, another version made the link, and decided otherwise. */
  readonly isSame: boolean;
}

/** Gives an engine the inputs of a link. @throws LinkDamaged for one that is no input; whatever the engine throws for a definition that is none */
export function playLink({ positions, chain, inputs }: LinkedLab, newEngine: NewEngine): PlayedLab {
  const records = recordsOf(newEngine(), inputs.map(inputIn));
  const last = records[positions - 1];
  const isSame = last !== undefined && sameBytes(last.chain, chain);
  if (!isSame || records.length === positions) return { records, isSame };
  // A lab that was stopped while it went on: what it would have decided next is none of its history.
  return { records: [...records.slice(0, positions - 1), { ...last, settled: false }], isSame };
}

function inputIn(body: Uint8Array, index: number): Input {
  const event = decodedIn(body, index);
  if (EVENT_KINDS[event.type] !== 'input') throw new LinkDamaged(`input ${index + 1} is none: ${event.type}`);
  if ((event.type === 'LabDefined') !== (index === 0))
    throw new LinkDamaged('expected one definition of a lab, as its first input');
  return { type: event.type, data: event.data } as Input;
}

function decodedIn(body: Uint8Array, index: number): ReturnType<typeof decodeBody> {
  try {
    return decodeBody(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LinkDamaged(`input ${index + 1}: ${why}`, { cause: error });
  }
}

function recordsOf(engine: Engine, inputs: readonly Input[]): LogRecord[] {
  const records: LogRecord[] = [];
  const take = (): void => {
    for (const { event, body, chain } of engine.take()) {
      records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: true });
    }
    if (records.length > LINK_POSITIONS_MAX) throw new LinkDamaged(`its lab decides more than ${LINK_POSITIONS_MAX} events`);
  };
  for (const input of inputs) {
    engine.receive(input, { checkpoint: false });
    while (!engine.step({ maxEvents: SLICE_EVENTS, maxTurns: SLICE_EVENTS })) take();
    take();
  }
  return records;
}
