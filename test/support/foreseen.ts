/**
 * What `validate` says before a run of the frames that a shipped lab loses. A loss is foreseen by a warning, whose rule the table names; or it
 * cannot be foreseen, because a step causes it (a crash, a cable that is pulled): then the table names the step. Nothing else is an excuse.
 */
import type { FlowReport } from '../../ts/engine/derived.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import type { Finding } from '../../ts/topology/draft/finding.ts';
import TABLE from '../foreseen.json' with { type: 'json' };

interface Entry {
  /** Rules of warnings that predict losses. */
  readonly rules?: readonly string[];
  /** Steps that cause losses, as the file has them. */
  readonly steps?: readonly string[];
}

/** Labs that the table has. */
export const FORESEEN: Readonly<Record<string, Entry>> = TABLE;

/** What is wrong with the table's entry of a lab that ran; nothing where every loss has its warning or its step. */
export function faultsOfForesight(file: LabFile, warnings: readonly Finding[], flows: readonly FlowReport[]): string[] {
  const entry = FORESEEN[file.name];
  const lost = flows.filter((flow) => flow.lost > 0).map(({ name, lost: frames }) => `${name} loses ${frames}`);
  if (entry === undefined) {
    const said = warnings.map(({ rule, message }) => `${rule}: ${message}`);
    const steps = file.script.steps.map(({ command }) => command);
    return lost.length === 0 ? [] : [`${file.name}: ${lost.join(', ')} | ${said.join(' | ')} | ${steps.join(', ')}`];
  }
  if (lost.length === 0) return [`${file.name} loses nothing`];
  const { rules = [], steps = [] } = entry;
  const predicts = (rule: string) => warnings.some((one) => one.rule === rule && (one.remedy ?? '') !== '');
  const isStep = (step: string) => file.script.steps.some(({ command }) => command === step);
  return [
    ...(rules.length + steps.length === 0 ? [`${file.name}: neither a warning nor a step`] : []),
    ...rules.filter((rule) => !predicts(rule)).map((rule) => `${file.name}: no warning of ${rule} with a remedy`),
    ...steps.filter((step) => !isStep(step)).map((step) => `${file.name}: no step "${step}"`),
  ];
}
