/** Drives engines through scenarios, whole or in pieces, and says what came out. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Decided } from '../../ts/engine/decided.ts';
import { Engine, type EngineOptions } from '../../ts/engine/engine.ts';
import type { Input } from '../../ts/engine/input.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { eventToJson } from '../../ts/model/events/codec.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';

export const MODULE = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));

export function newEngine(more: Partial<EngineOptions> = {}): Engine {
  return new Engine(MODULE, { identity: 'properties', sha256: nodeSha256, ...more });
}

/** What a run was: its events as JSON lines, the chain behind each, and what a checkpoint at its end says. */
export interface Outcome {
  readonly events: readonly string[];
  readonly chain: string;
  readonly region: string;
  readonly agents: string;
}

/** Feeds one input and lets everything before the horizon happen. */
export function feed(engine: Engine, input: Input): Decided[] {
  engine.receive(input);
  engine.step();
  return engine.take();
}

/** Feeds all inputs, in one piece each. */
export function runWhole(engine: Engine, inputs: readonly Input[]): Decided[] {
  return inputs.flatMap((input) => feed(engine, input));
}

export function outcomeOf(engine: Engine, decided: readonly Decided[]): Outcome {
  const { region, agents } = engine.checkpoint();
  return {
    events: decided.map(({ event }) => canonicalJson(eventToJson(event))),
    chain: toHex(engine.chain),
    region: toHex(region),
    agents: toHex(agents),
  };
}

function nodeSha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

// ── In pieces ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** How one step is cut short, and whether the lab moves into another engine after it. */
export interface Cut {
  readonly by: 'events' | 'positions' | 'time';
  readonly size: number;
  readonly moves: boolean;
}

/** Where a lab goes on: an engine that holds what the given one held. */
export type Move = (from: Engine) => Engine;

/** Feeds all inputs, but never lets a step go further than the next cut; cuts are used again and again. */
export function runInPieces(first: Engine, inputs: readonly Input[], cuts: readonly Cut[], move: Move = (from) => from) {
  const decided: Decided[] = [];
  let engine = first;
  let next = 0;
  const rest = (cut: Cut | undefined) => {
    decided.push(...engine.take());
    if (cut?.moves) engine = move(engine);
  };
  for (const input of inputs) {
    engine.receive(input);
    rest(cuts[next % cuts.length]);
    for (let isDone = false; !isDone; next++) {
      const cut = cuts[next % cuts.length];
      isDone = stepTo(engine, cut);
      rest(cut);
    }
  }
  return { engine, decided };
}

/** True when everything before the horizon has happened. */
function stepTo(engine: Engine, cut: Cut | undefined): boolean {
  if (cut === undefined) return engine.step();
  if (cut.by === 'events') return engine.step({ maxEvents: 1 + cut.size });
  if (cut.by === 'positions') return engine.step({ stopAt: engine.position + 1 + cut.size });
  const stopNs = engine.dataplane.nowNs + (1 + cut.size) * 7_654_321;
  return engine.step({ stopNs }) && stopNs >= engine.horizonNs;
}
