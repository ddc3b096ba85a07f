/**
 * Any name that a lab file may give works everywhere: read, run, snapshot, fold and re-execution. Names are those that every JavaScript
 * object seems to have: an object that is keyed by names and has a prototype takes them for its own.
 *
 * The nodes of shipped labs are renamed in the text of the file.
 */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decided } from '../../ts/engine/decided.ts';
import { Replay } from '../../ts/engine/replay.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { decodeBody } from '../../ts/model/events/codec.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { evolve, initialState } from '../../ts/model/state/lab-state.ts';
import { createEngine, engineIdentity } from '../../ts/services/engine/host.ts';
import { decodeSnapshot, encodeSnapshot } from '../../ts/services/engine/snapshot.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { runs } from './runs.ts';

const HOSTILE = [
  'constructor',
  'valueOf',
  'toString',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'prototype',
  'length',
  'then',
  'toJSON',
  'undefined1',
] as const;
const LABS = [
  'ha-virtual-mac',
  'uplink-team',
  'garp-blocked-by-arp-inspection',
  'vf-leak-duplicate-mac',
  'azure-mmap-demotion',
  'lacp-member-lost',
  'subinterface-trunk',
];

/** A shipped lab whose nodes have other names. */
function renamed(name: string, names: readonly string[]): LabFile {
  const source = readFileSync(`labs/${name}.lab.yml`, 'utf8');
  const nodes = read(name, source).lab.nodes.map((node) => node.name);
  const to = new Map(nodes.map((node, number) => [node, names[number] ?? node]));
  const words = new RegExp(`(?<![\\w.-])(${nodes.join('|')})(?![\\w.-])`, 'g');
  return read(
    name,
    source.replaceAll(words, (node) => to.get(node) ?? node),
  );
}

function read(name: string, text: string): LabFile {
  const result = readLabFile(text, name);
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
  return result.file;
}

/** Runs a lab to its end; from a snapshot on, as its bytes give it back, after so many inputs. */
function run({ lab, script }: LabFile, snapshotAfter: number): { readonly decided: readonly Decided[]; readonly state: string } {
  let engine = createEngine();
  const decided: Decided[] = [];
  scriptInputs(lab, script).forEach((input, number) => {
    engine.receive(input);
    engine.step();
    decided.push(...engine.take());
    if (number !== snapshotAfter) return;
    const snapshot = decodeSnapshot(encodeSnapshot(engine.snapshot()));
    engine = createEngine();
    engine.restore(snapshot);
  });
  return { decided, state: canonicalJson(engine.state) };
}

test.each(LABS)('%s runs, folds and re-executes alike with the names that every object has', (name) => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...HOSTILE], { minLength: HOSTILE.length }), fc.nat({ max: 3 }), (names, snapshotAfter) => {
      const file = renamed(name, names);
      expect(file.lab.nodes.some((node) => node.name === names[0])).toBe(true);
      const { decided, state } = run(file, snapshotAfter);
      expect(toHex(run(file, -1).decided.at(-1)?.chain ?? new Uint8Array())).toBe(toHex(decided.at(-1)?.chain ?? new Uint8Array()));
      const folded = initialState();
      for (const { body } of decided) evolve(folded, decodeBody(body));
      expect(canonicalJson(folded)).toBe(state);
      const replay = new Replay(createEngine(), engineIdentity());
      const divergences = decided.map(({ event, ...record }) =>
        replay.feed({ ...record, position: event.position, recordedAtMs: 0, settled: false }),
      );
      expect(divergences.filter((one) => one !== null)).toEqual([]);
      expect(replay.checkpointsCompared).toBeGreaterThan(0);
    }),
    runs(3),
  );
});
