/**
 * Another process that goes on with a lab: it gets a snapshot and the inputs that are still to come, and answers what the run
 * became. One request a line on stdin, one answer a line on stdout, both JSON; bytes are base64.
 */
import { createInterface } from 'node:readline';
import type { Input } from '../../ts/engine/input.ts';
import type { Snapshot } from '../../ts/engine/snapshot.ts';
import { newEngine, type Outcome, outcomeOf, runWhole } from './drive.ts';

export interface MovedRequest {
  readonly snapshot: Omit<Snapshot, 'chain' | 'region'> & { readonly chain: string; readonly region: string };
  readonly inputs: string;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(goOn(JSON.parse(line) as MovedRequest))}\n`);
}

function goOn({ snapshot, inputs }: MovedRequest): Outcome {
  const engine = newEngine();
  engine.restore({ ...snapshot, chain: bytes(snapshot.chain), region: bytes(snapshot.region) });
  engine.step();
  const rest = engine.take();
  return outcomeOf(engine, [...rest, ...runWhole(engine, inputsFrom(inputs))]);
}

function inputsFrom(text: string): Input[] {
  return JSON.parse(text, (_, value: unknown) => {
    const encoded = (value as { readonly base64?: unknown } | null)?.base64;
    return typeof encoded === 'string' ? bytes(encoded) : value;
  }) as Input[];
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
