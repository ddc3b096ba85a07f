/**
 * The determinism contract: same inputs, same chain and same checkpoint hashes; in one piece or in a thousand, watched or not,
 * and wherever a snapshot is taken up again.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Engine } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import type { Snapshot } from '../../ts/engine/snapshot.ts';
import { type Cut, feed, newEngine, type Outcome, outcomeOf, runInPieces, runWhole } from './drive.ts';
import type { MovedRequest } from './moved-child.ts';
import type { Scenario } from './random-lab.ts';
import { runs } from './runs.ts';
import { scenarios } from './scenarios.ts';

const CHILD = fileURLToPath(new URL('moved-child.ts', import.meta.url));

function cutsThat(moves: fc.Arbitrary<boolean>): fc.Arbitrary<Cut[]> {
  const size = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 200 }));
  const cut = fc.record({ by: fc.constantFrom('events', 'positions', 'time'), size, moves });
  return fc.array(cut, { minLength: 1, maxLength: 12 });
}

const cuts = cutsThat(fc.constant(false));

test('however a run is cut into steps, the same is decided and the same is left in memory', () => {
  fc.assert(
    fc.property(scenarios, cuts, ({ inputs }, slices) => {
      const { engine, decided } = runInPieces(newEngine(), inputs, slices);
      expectSame(outcomeOf(engine, decided), inOnePiece(inputs));
    }),
    runs(20),
  );
});

test('watching every port changes nothing but what is seen', () => {
  let seen = 0;
  fc.assert(
    fc.property(scenarios, fc.constantFrom(1, 300_000), ({ lab, inputs }, traceBytes) => {
      const engine = newEngine({ traceBytes });
      const [definition, ...rest] = inputs as [Input, ...Input[]];
      const decided = feed(engine, definition);
      engine.dataplane.watch(lab.interfaces.map((_, port) => port));
      engine.onTrace = () => seen++;
      decided.push(...runWhole(engine, rest));
      expectSame(outcomeOf(engine, decided), inOnePiece(inputs));
    }),
    runs(15),
  );
  expect(seen).toBeGreaterThan(1000);
});

test('a snapshot taken at any moment, cloned and restored into a fresh engine, goes on as if nothing had happened', () => {
  fc.assert(
    fc.property(scenarios, cutsThat(fc.boolean()), ({ inputs }, slices) => {
      let left = 12;
      const { engine, decided } = runInPieces(newEngine(), inputs, slices, (from) =>
        left-- > 0 ? movedInto(newEngine(), from) : from,
      );
      expectSame(outcomeOf(engine, decided), inOnePiece(inputs));
    }),
    runs(40),
  );
});

test('a snapshot restored into an engine that ran another lab goes on alike', () => {
  fc.assert(
    fc.property(scenarios, scenarios, fc.nat(), ({ inputs }, other, at) => {
      const used = newEngine();
      runWhole(used, other.inputs);
      const engine = newEngine();
      const part = 1 + (at % (inputs.length - 1));
      const decided = runWhole(engine, inputs.slice(0, part));
      const moved = movedInto(used, engine);
      decided.push(...runWhole(moved, inputs.slice(part)));
      expectSame(outcomeOf(moved, decided), inOnePiece(inputs));
    }),
    runs(8),
  );
});

test('a snapshot can be taken up twice: going on from it does not change it', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const engine = newEngine();
      runWhole(engine, inputs.slice(0, 1));
      const snapshot = engine.snapshot();
      const outcomes = [1, 2].map(() => {
        const again = newEngine();
        again.restore(snapshot);
        return outcomeOf(again, runWhole(again, inputs.slice(1)));
      });
      expectSame(outcomes[1] as Outcome, outcomes[0] as Outcome);
    }),
    runs(5),
  );
});

test('a snapshot goes on alike in another process', async () => {
  await Promise.all(fc.sample(scenarios, runs(3)).map(expectToMove));
});

async function expectToMove({ inputs }: Scenario): Promise<void> {
  const engine = newEngine();
  const part = Math.ceil(inputs.length / 2);
  const decided = runWhole(engine, inputs.slice(0, part));
  const request: MovedRequest = { snapshot: asText(engine.snapshot()), inputs: inputsText(inputs.slice(part)) };
  const moved = await ask(request);
  const before = outcomeOf(engine, decided).events;
  expectSame({ ...moved, events: [...before, ...moved.events] }, inOnePiece(inputs));
}

test('the random labs reach most of what can happen, so that these tests are about something', () => {
  const types = new Set<string>();
  const reasons = new Set<string>();
  for (const { inputs } of fc.sample(scenarios, runs(60))) {
    for (const { event } of runWhole(newEngine(), inputs)) {
      types.add(event.type);
      if (event.type === 'FrameDropped') reasons.add(event.data.reason);
    }
  }
  expect(types.size).toBeGreaterThanOrEqual(22);
  expect(reasons.size).toBeGreaterThanOrEqual(14);
});

function inOnePiece(inputs: readonly Input[]): Outcome {
  const engine = newEngine();
  return outcomeOf(engine, runWhole(engine, inputs));
}

function movedInto(engine: Engine, from: Engine): Engine {
  engine.restore(structuredClone(from.snapshot()));
  return engine;
}

/** The first difference, as events; hashes only when the events are the same. */
function expectSame(actual: Outcome, expected: Outcome): void {
  const at = expected.events.findIndex((event, i) => event !== actual.events[i]);
  if (at >= 0) expect(actual.events[at], `event ${at + 1}`).toBe(expected.events[at]);
  const { events, ...rest } = actual;
  const { events: expectedEvents, ...expectedRest } = expected;
  expect({ events: events.length, ...rest }).toEqual({ events: expectedEvents.length, ...expectedRest });
}

function asText(snapshot: Snapshot): MovedRequest['snapshot'] {
  return { ...snapshot, chain: base64(snapshot.chain), region: base64(snapshot.region) };
}

function inputsText(inputs: readonly Input[]): string {
  return JSON.stringify(inputs, (_, value: unknown) => (value instanceof Uint8Array ? { base64: base64(value) } : value));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function ask(request: MovedRequest): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(`${JSON.stringify(request)}\n`);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Outcome);
      else reject(new Error(`the process that goes on ended with ${code}`));
    });
  });
}
