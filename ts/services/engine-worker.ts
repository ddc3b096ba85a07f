/**
 * The worker that holds an engine: it takes inputs, runs in slices, and hands records over in batches cut between instants.
 * At most BATCHES_OUT batches wait to become durable; then it waits too.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Conservation, readConservation, readDerived } from '../engine/derived.ts';
import type { Decided, Engine, Input } from '../engine/engine.ts';
import { replayUntil } from '../engine/replay.ts';
import type { LogRecord } from '../model/record.ts';
import { dropsSince, readDrops } from './drop-counts.ts';
import { createEngine } from './engine-host.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

/** Data plane events per slice: a few milliseconds. */
const SLICE_EVENTS = 50_000;
const BATCHES_OUT = 4;
const NOTHING: Conservation = { born: 0, copied: 0, delivered: 0, consumed: 0, dropped: 0, inFlight: 0, holds: true };

const port = parentPort;
if (port === null) throw new Error('engine-worker runs as a worker only');

let outstanding = 0;
let onAcknowledged: (() => void) | null = null;

function post(message: FromEngine): void {
  port?.postMessage(message);
}

/** A record without its event: what travels and is stored. */
function toRecord({ event, body, chain, commandId, checkpoint }: Decided): LogRecord {
  return { position: event.position, body, chain, recordedAtMs: Date.now(), commandId, checkpoint };
}

async function flush(engine: Engine): Promise<void> {
  const records = engine.take().map(toRecord);
  if (records.length === 0) return;
  outstanding++;
  post({ kind: 'records', records });
  while (outstanding >= BATCHES_OUT) {
    await new Promise<void>((resolve) => {
      onAcknowledged = resolve;
    });
  }
}

async function run(inputs: readonly Input[], past: readonly LogRecord[]): Promise<void> {
  const engine = createEngine();
  replayUntil(engine, past, { position: Number.POSITIVE_INFINITY });
  const before = past.length === 0 ? NOTHING : readConservation(engine);
  const dropsBefore = past.length === 0 ? [] : readDrops(engine);
  for (const input of inputs) {
    engine.receive(input);
    while (!engine.step({ maxEvents: SLICE_EVENTS })) await flush(engine);
  }
  await flush(engine);
  const { flows, frames, nodes } = readDerived(engine);
  const drops = dropsSince(dropsBefore, readDrops(engine));
  post({ kind: 'done', flows, frames, before, nodes, drops, horizonNs: engine.horizonNs });
}

port.on('message', (message: ToEngine) => {
  if (message.kind !== 'acknowledge') return;
  outstanding--;
  onAcknowledged?.();
});

const { inputs, past } = workerData as { inputs: readonly Input[]; past: readonly LogRecord[] };
await run(inputs, past);
port.close();
