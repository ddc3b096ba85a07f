/**
 * The honest test: at every boundary where something was decided, in every shipped lab, three accounts of the network agree.
 *
 *   (a) recorded state, folded by another process from the bytes of the log, from zero and from a projection's snapshot
 *   (b) recorded state, as the engine that decided has it
 *   (c) the network in that engine's linear memory, read back through the control door
 *
 * A boundary here is finer than an instant: the end of every turn that decided an event.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Decided } from '../../ts/engine/decided.ts';
import { Engine } from '../../ts/engine/engine.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import type { LabState } from '../../ts/model/state/lab-state.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { foldElsewhere } from './fold-elsewhere.ts';
import { type Network, Provenance, readBack, recordedNetwork } from './read-back.ts';

const MODULE = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const LABS = readdirSync('labs').filter((name) => name.endsWith('.lab.yml'));
/** Where the folding begins again from a snapshot: any position will do, these come from the length of the log. */
const SNAPSHOT_PARTS = [0.13, 0.5, 0.87];

/** (b) and (c) where a turn ended, after the event at `position`. */
interface Boundary {
  readonly position: number;
  readonly atNs: number;
  /** Hash of recorded state. */
  readonly state: string;
  readonly recorded: Network;
  readonly inMemory: Network;
}

test('there are labs to be honest about', () => {
  expect(LABS.length).toBeGreaterThan(0);
});

describe.each(LABS)('in %s', (file) => {
  const boundaries: Boundary[] = [];
  const bodies: string[] = [];

  test('linear memory is what the engine recorded, at every boundary', () => {
    runTurnByTurn(labFile(file), boundaries, bodies);
    expect(boundaries.length).toBeGreaterThan(5);
    for (const { position, atNs, recorded, inMemory } of boundaries) {
      if (canonicalJson(inMemory) === canonicalJson(recorded)) continue;
      expect(inMemory, `after position ${position}, at ${atNs} ns`).toEqual(recorded);
    }
  });

  test('a process that has only the bytes of the log folds the same states, from zero and from snapshots', async () => {
    const snapshotAt = SNAPSHOT_PARTS.map((part) => Math.ceil(bodies.length * part));
    const [whole] = await foldElsewhere([{ bodies, projection: null, snapshotAt }]);
    if (whole === undefined) throw new Error('no answer');
    expect(whole.hashes).toHaveLength(bodies.length);
    expectSameStates(boundaries, whole.hashes);
    const rest = await foldElsewhere(
      whole.snapshots.map((projection, i) => ({ bodies: bodies.slice(snapshotAt[i]), projection, snapshotAt: [] })),
    );
    expect(rest.map(({ hashes }) => hashes)).toEqual(snapshotAt.map((from) => whole.hashes.slice(from)));
  });
});

function labFile(name: string): LabFile {
  const read = readLabFile(readFileSync(`labs/${name}`, 'utf8'), name);
  if (!read.ok) throw new Error(`${name}: ${read.findings[0]?.message}`);
  return read.file;
}

/** Runs the file's script, stopping after each turn that decided something. */
function runTurnByTurn({ lab, script }: LabFile, boundaries: Boundary[], bodies: string[]): void {
  const engine = new Engine(MODULE, { identity: 'honest', sha256: nodeSha256 });
  const provenance = new Provenance();
  const observe = () => {
    const decided = engine.take();
    if (decided.length === 0) return;
    for (const one of decided) {
      provenance.add(one.event);
      bodies.push(Buffer.from(one.body).toString('base64'));
    }
    boundaries.push(boundaryOf(engine, decided, provenance));
  };
  for (const input of scriptInputs(lab, script)) {
    engine.receive(input);
    observe();
    while (!engine.step({ stopAt: engine.position + 1 })) observe();
    observe();
  }
}

function boundaryOf(engine: Engine, decided: readonly Decided[], provenance: Provenance): Boundary {
  const last = decided.at(-1)?.event;
  const state = engine.state as LabState;
  return {
    position: engine.position,
    atNs: last?.atNs ?? 0,
    state: nodeHash(canonicalJson(state)),
    recorded: structuredClone(recordedNetwork(state, provenance)),
    inMemory: readBack(engine),
  };
}

function expectSameStates(boundaries: readonly Boundary[], hashes: readonly string[]): void {
  const different = boundaries.find(({ position, state }) => hashes[position - 1] !== state);
  expect(different?.position, 'first boundary where the fold of the log is not what the engine had').toBeUndefined();
}

function nodeHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function nodeSha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
