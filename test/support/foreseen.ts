/**
 * What `validate` says before a run of the frames that a shipped lab loses. A loss is foreseen by a warning, whose rule the table names; or it
 * cannot be foreseen, because a step causes it (a crash, a cable that is pulled): then the table names the step, and the causes on record
 * must lead from a drop back to it. Nothing else is an excuse.
 */
import type { FlowReport } from '../../ts/engine/derived.ts';
import type { EventData, LabEvent } from '../../ts/model/events/events.ts';
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
export function faultsOfForesight(
  file: LabFile,
  warnings: readonly Finding[],
  flows: readonly FlowReport[],
  events: readonly LabEvent[],
): string[] {
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
  const behind = steps.length === 0 ? new Set() : commandsBehindDrops(events);
  return [
    ...(rules.length + steps.length === 0 ? [`${file.name}: neither a warning nor a step`] : []),
    ...rules.filter((rule) => !predicts(rule)).map((rule) => `${file.name}: no warning of ${rule} with a remedy`),
    ...steps.filter((step) => !behind.has(step)).map((step) => `${file.name}: no drop is because of a step "${step}"`),
  ];
}

/** The commands that drops come from, cause by cause. */
function commandsBehindDrops(events: readonly LabEvent[]): ReadonlySet<string> {
  const byPosition = new Map(events.map((event) => [event.position, event]));
  const commands = new Set<string>();
  for (const drop of events.filter(({ type }) => type === 'FrameDropped')) {
    let at: LabEvent | undefined = drop;
    // The cause of an input is 0, which is no event.
    while (at !== undefined && at.type !== 'CommandReceived') at = byPosition.get(at.cause);
    if (at?.type === 'CommandReceived') commands.add((at.data as EventData['CommandReceived']).command);
  }
  return commands;
}
