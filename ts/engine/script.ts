/** A lab file as inputs: what a scripted run feeds its engine, in order. */
import { canonicalJson } from '../model/canonical-json.ts';
import type { Lab, Script } from '../model/lab.ts';
import type { Input } from './engine.ts';

/** The definition of a lab: its first input. */
export function defineInput(lab: Lab): Input {
  return { type: 'LabDefined', data: { definition: canonicalJson(lab) } };
}

/**
 * The inputs that run a script from the beginning: time advances to each step's instant, its command comes, and the last
 * `TimeAdvanced` stands at the end itself, where it carries a checkpoint of the finished run.
 */
export function scriptInputs(lab: Lab, script: Script): Input[] {
  const inputs: Input[] = [defineInput(lab)];
  let horizonNs = 0;
  // Array.prototype.sort is stable: steps of one instant stay in the order of the file.
  for (const step of [...script.steps].sort((a, b) => a.atNs - b.atNs)) {
    if (step.atNs > horizonNs) inputs.push({ type: 'TimeAdvanced', data: { toNs: step.atNs } });
    horizonNs = step.atNs;
    inputs.push({ type: 'CommandReceived', data: { command: step.command } });
  }
  inputs.push({ type: 'TimeAdvanced', data: { toNs: script.durationNs } });
  inputs.push({ type: 'TimeAdvanced', data: { toNs: script.durationNs } });
  return inputs;
}
