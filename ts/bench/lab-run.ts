/** Labs run by the engine itself, without a log: what the benchmarks of labs share. */
import { createHash } from 'node:crypto';
import type { Decided } from '../engine/decided.ts';
import { Engine } from '../engine/engine.ts';
import { Replay } from '../engine/replay.ts';
import { scriptInputs } from '../engine/script.ts';
import { toHex } from '../model/events/chain.ts';
import type { LogRecord } from '../model/events/record.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { wallNs } from './clock.ts';
import type { Plan } from './plan.ts';

const IDENTITY = 'bench';

export function newEngine({ module }: Plan): Engine {
  return new Engine(module, { identity: IDENTITY, sha256: (bytes) => createHash('sha256').update(bytes).digest() });
}

/** Reads a lab that is known to be right. */
export function labOf(text: string): LabFile {
  const read = readLabFile(text, 'bench.lab.yml');
  if (!read.ok) throw new Error(`the lab of a benchmark is invalid: ${read.findings[0]?.message}`);
  return read.file;
}

export interface Run {
  readonly engine: Engine;
  readonly decided: readonly Decided[];
  /** Of the run itself: from the definition, which is measured by the row of its own, to the end. */
  readonly ns: number;
}

export function runWhole(plan: Plan, file: LabFile): Run {
  const [definition, ...inputs] = scriptInputs(file.lab, file.script);
  const engine = newEngine(plan);
  if (definition !== undefined) engine.receive(definition);
  const ns = wallNs(() => {
    for (const input of inputs) {
      engine.receive(input);
      while (!engine.step());
    }
  });
  return { engine, decided: engine.take(), ns };
}

/** Re-executes a run through a fresh engine. @throws when anything differs. */
export function verify(plan: Plan, { engine, decided }: Run): void {
  const replay = new Replay(newEngine(plan), IDENTITY);
  for (const record of decided) {
    const { body, chain, commandId, checkpoint, event } = record;
    const stored: LogRecord = { position: event.position, body, chain, recordedAtMs: 0, commandId, checkpoint, settled: false };
    const divergence = replay.feed(stored);
    if (divergence !== null) throw new Error(`the engine's run does not verify: ${divergence.reason} at ${divergence.position}`);
  }
  const isSame = replay.finish().length === 0 && toHex(replay.engine.chain) === toHex(engine.chain);
  if (!isSame) throw new Error('re-execution of the engine run gave another chain');
}
