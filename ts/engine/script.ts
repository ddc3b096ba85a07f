/** A lab file as inputs: what a scripted run feeds its engine, in order. */

import type { Lab } from '../model/lab/lab.ts';
import type { Script } from '../model/lab/script.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import type { Input } from './input.ts';

/** The definition of a lab: its first input. */
export function defineInput(lab: Lab, pacePermille = 0): Input {
  return { type: 'LabDefined', data: { definition: canonicalJson(lab), pacePermille } };
}

/**
 * The inputs that run a script from the beginning: time advances to each step's instant, its command comes, and the last
 * `TimeAdvanced` stands at the end itself, where it carries a checkpoint of the finished run.
 */
export function scriptInputs(lab: Lab, script: Script): Input[] {
  const inputs = movesOf(script).map(
    (move): Input =>
      'toNs' in move
        ? { type: 'TimeAdvanced', data: { toNs: move.toNs } }
        : { type: 'CommandReceived', data: { command: move.command } },
  );
  return [defineInput(lab), ...inputs];
}

/** The same script as commands to a living lab that has just begun: "step 5000000000ns", "crash fw1". */
export function scriptSteps(script: Script): string[] {
  let horizonNs = 0;
  return movesOf(script).map((move) => {
    if ('command' in move) return move.command;
    const text = `step ${move.toNs - horizonNs}ns`;
    horizonNs = move.toNs;
    return text;
  });
}

type Move = { readonly toNs: number } | { readonly command: string };

function movesOf({ steps, durationNs }: Script): Move[] {
  const moves: Move[] = [];
  let horizonNs = 0;
  // Array.prototype.sort is stable: steps of one instant stay in the order of the file.
  for (const { atNs, command } of [...steps].sort((a, b) => a.atNs - b.atNs)) {
    if (atNs > horizonNs) moves.push({ toNs: atNs });
    horizonNs = atNs;
    moves.push({ command });
  }
  return [...moves, { toNs: durationNs }, { toNs: durationNs }];
}
