/** Every shipped lab does what its file says, is the run it always was, and loses no frame of which `validate` says nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { firstDifference, goldenChains, goldenFile } from '../scripts/golden-file.ts';
import { CheckRun, marksOf } from '../ts/engine/checks.ts';
import type { Decided } from '../ts/engine/decided.ts';
import { readFlows } from '../ts/engine/derived.ts';
import { DropSampler, readDrops } from '../ts/engine/drop-counts.ts';
import { scriptInputs } from '../ts/engine/script.ts';
import type { LabFile } from '../ts/model/lab/lab-file.ts';
import { createEngine } from '../ts/services/engine/host.ts';
import type { Finding } from '../ts/topology/draft/finding.ts';
import { readLabFile } from '../ts/topology/read-lab-file.ts';
import { FORESEEN, faultsOfForesight } from './support/foreseen.ts';
import { playsLab } from './support/played.ts';

const LABS = new URL('../labs/', import.meta.url);
const files = readdirSync(LABS).filter((name) => name.endsWith('.lab.yml'));

function read(name: string): { readonly file: LabFile; readonly warnings: readonly Finding[] } {
  const result = readLabFile(readFileSync(new URL(name, LABS), 'utf8'), name);
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
  return result;
}

/** Rule ids in a lab's own check descriptions become part of the test's name, so that docs/rules.md counts them. */
function rulesOf(file: LabFile): string {
  const text = file.script.checks.map(({ description }) => description).join(' ');
  return [...new Set(text.match(/\b[A-Z]{2,5}-\d\d\b/g) ?? [])].sort().join(', ');
}

describe.each(files)('%s', (name) => {
  const { file, warnings } = read(name);
  const rules = rulesOf(file);

  test(`${rules === '' ? '' : `${rules}: `}all checks of ${file.name} pass, and its chain is the golden one`, () => {
    playsLab();
    const engine = createEngine();
    const decided: Decided[] = [];
    const checks = new CheckRun(file.script.checks);
    const sampler = new DropSampler(marksOf(file.script.checks));
    for (const input of scriptInputs(file.lab, file.script)) {
      engine.receive(input);
      while (!sampler.step(engine));
      for (const one of engine.take()) {
        checks.observe(one.event);
        decided.push(one);
      }
    }
    expect(
      checks.results(readFlows(engine), { samples: sampler.samples, end: readDrops(engine) }).flatMap(({ failures }) => failures),
    ).toEqual([]);
    const events = decided.map(({ event }) => event);
    expect(faultsOfForesight(file, warnings, readFlows(engine), events)).toEqual([]);
    expect(firstDifference(readFileSync(goldenFile(file.name), 'utf8'), decided)).toBeNull();
  });
});

test('every golden run is that of a lab', () => {
  expect(Object.keys(goldenChains())).toEqual(files.map((name) => read(name).file.name).sort());
});

test('what is said of frames that labs lose is said of labs that are there', () => {
  const names = files.map((name) => read(name).file.name);
  expect(Object.keys(FORESEEN).filter((name) => !names.includes(name))).toEqual([]);
});
