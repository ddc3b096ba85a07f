/**
 * Finding T4: causes lead home. Of every loss, neighbour move, change of role and change of MAC: where some input is needed for it,
 * so that without it the effect does not happen, the chain of causes ends at such an input.
 *
 * Effects that several inputs suffice for are listed, not judged (`Verdicts` in causes.ts says which; CAUSES_LIST=yes prints them).
 * CAUSES_SEEDS in the environment says how many seeds are tried, from CAUSES_FROM (1) on; with CAUSES_LABS=firewalls, of labs of firewalls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Course, courseOfInputs } from '../../ts/debug/course.ts';
import type { Input } from '../../ts/engine/input.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { judge } from './causes.ts';
import { firewallScenarios, switchScenarios } from './scenarios.ts';

const {
  CAUSES_SEEDS: seeds = '20',
  CAUSES_FROM: from = '1',
  CAUSES_LIST: list = 'no',
  CAUSES_LABS: labs = 'switches',
} = process.env;
const FROM = Number(from);
const TO = FROM + Number(seeds) - 1;
const scenarios = labs === 'firewalls' ? firewallScenarios : switchScenarios;

/** How many effects of the random labs led home, were listed, and went astray. */
const counts = { home: 0, listed: 0, astray: 0 };

/** Which effects of a course go astray; prints those that several inputs suffice for. */
function astray(course: Course, name: string): string[] {
  const verdicts = judge(course);
  counts.home += verdicts.home;
  counts.listed += verdicts.shared.length;
  counts.astray += verdicts.astray.length;
  if (list === 'yes') for (const one of verdicts.shared) console.log(`${name}: several suffice: ${one}`);
  return verdicts.astray.map((one) => `${name}: ${one}`);
}

const LABS = new URL('../../labs/', import.meta.url);
const files = readdirSync(LABS).filter((name) => name.endsWith('.lab.yml'));

/** Labs where a frame that only the whole flow has on its way brings the same effect about again, by a later input. */
const EVERY_FRAME = new Set(['vmotion.lab.yml']);

describe('causes of shipped labs lead home', () => {
  test.each(files)('%s', (name) => {
    const result = readLabFile(readFileSync(new URL(name, LABS), 'utf8'), name);
    if (!result.ok) throw new Error(`${name} is not valid`);
    const { script } = result.file;
    const lab = EVERY_FRAME.has(name) ? result.file.lab : thinned(result.file.lab);
    expect(astray(courseOfInputs(scriptInputs(lab, script)), name)).toEqual([]);
  });
});

/** The lab with a twentieth of its flows' frames, unless more than the usual seeds are tried: each step is one more run of it. */
function thinned(lab: Lab): Lab {
  if (Number(seeds) > 50) return lab;
  return { ...lab, flows: lab.flows.map((flow) => ({ ...flow, intervalPs: flow.intervalPs * 20 })) };
}

test(`causes of random labs of ${labs} lead home (seeds ${FROM} to ${TO})`, () => {
  const found: string[] = [];
  Object.assign(counts, { home: 0, listed: 0, astray: 0 });
  for (let seed = FROM; seed <= TO; seed++) {
    for (const { inputs } of fc.sample(scenarios, { seed, numRuns: 1 })) found.push(...astray(shortened(inputs), `seed ${seed}`));
  }
  console.log(`of ${counts.home + counts.astray} effects judged, ${counts.home} led home; ${counts.listed} were listed`);
  expect(found).toEqual([]);
}, 7_200_000);

/** Resolutions were given up, and nothing new begins: what announcements go on saying needs no judgement. */
const LONG_ENOUGH_NS = 6_500_000_000;

function shortened(inputs: readonly Input[]): Course {
  const ends = (input: Input) => input.type === 'TimeAdvanced' && input.data.toNs > LONG_ENOUGH_NS;
  return courseOfInputs([...inputs.filter((input) => !ends(input)), { type: 'TimeAdvanced', data: { toNs: LONG_ENOUGH_NS } }]);
}
