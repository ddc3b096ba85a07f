/** Long histories for the debugger: a lab whose cable is pulled and plugged again and again, beside a flow, run once. */
import { createHash } from 'node:crypto';
import { courseOfInputs } from '../debug/course.ts';
import { Moments } from '../debug/moments.ts';
import type { NewEngine } from '../debug/rerun.ts';
import { Engine } from '../engine/engine.ts';
import type { Input } from '../engine/input.ts';
import { defineInput } from '../engine/script.ts';
import type { LogRecord } from '../model/events/record.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { flappingText } from './lab-texts.ts';
import type { Plan } from './plan.ts';

export const STEP_NS = 1_000_000;
/** Received, accepted, and the carrier of both ends. */
const EVENTS_OF_COMMAND = 4;

export function enginesOf({ module }: Plan): NewEngine {
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
  return (options = {}) => new Engine(module, { identity: 'bench', sha256, ...options });
}

/**
 * The inputs of a lab of about so many events.
 * @param turns milliseconds from one pull or plug of the cable to the next, each of them recorded.
 */
export function flapping(events: number, turns: number): Input[] {
  const read = readLabFile(flappingText(), 'bench.lab.yml');
  if (!read.ok) throw new Error(`the lab of a benchmark is invalid: ${read.findings[0]?.message}`);
  const inputs: Input[] = [defineInput(read.file.lab)];
  for (let turn = 1, recorded = 0; recorded < events; turn++, recorded++) {
    inputs.push({ type: 'TimeAdvanced', data: { toNs: turn * STEP_NS } });
    if (turn % turns !== 0) continue;
    inputs.push({ type: 'CommandReceived', data: { command: `link ${(turn / turns) % 2 === 0 ? 'up' : 'down'} sw:p3` } });
    recorded += EVENTS_OF_COMMAND;
  }
  return inputs;
}

export interface Opened {
  readonly records: readonly LogRecord[];
  readonly moments: Moments;
}

/** Runs inputs once: the records that a log would have, and moments to go on from. @param every events between two moments */
export function opened(newEngine: NewEngine, inputs: readonly Input[], every: number): Opened {
  const records: LogRecord[] = [];
  const moments = Moments.of(newEngine, courseOfInputs(inputs), every, (decided) => {
    for (const { event, body, chain } of decided) {
      records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: false });
    }
  });
  return { records, moments };
}
