/** `switchback explain LAB --flow NAME`: why frames were lost, back to what began it, with proof. */
import type { Command } from 'commander';
import type { FlowExplained } from '../debug/explain/explain-flow.ts';
import type { LabEvent } from '../model/events/events.ts';
import { textOf, whoOf } from './describe-event.ts';
import { EXIT } from './errors.ts';
import { flowText } from './explain-text.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { note, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface ExplainOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly flow: string;
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('explain why a recorded lab lost frames')
    .description(
      'Explains each loss of a flow: where, for which reason, how long each stage took, and the events behind it, nearest first, back to ' +
        'the step, command, injected frame or property of the file that began it. Each input and property is proven: the lab is run again ' +
        'without it. Nothing has to be prepared before the run; the re-execution with tracing on ends with the recorded chain.',
    )
    .argument('<lab>', 'name of a recorded lab')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .requiredOption('--flow <name>', 'the flow whose losses to explain')
    .action(explain);
}

async function explain(lab: string, options: ExplainOptions): Promise<void> {
  const explained = await withStore(options.data, async (log) => {
    await headOf(log, lab);
    const { explainLabFlow } = await import('../services/ask/explain-lab.ts');
    return explainLabFlow(log, lab, options.flow, lineOf);
  });
  if (options.format === 'json') printJson({ lab, ...explained });
  else print(flowText(lab, explained));
  refuseOther(lab, explained);
}

function refuseOther(lab: string, { sameChain }: FlowExplained): void {
  if (sameChain) return;
  note(`switchback: this engine decides lab ${lab} differently from what is recorded; "switchback verify ${lab}" shows where`);
  process.exitCode = EXIT.warnings;
}

/** An event in one line, with its place. */
function lineOf(event: LabEvent): string {
  const who = whoOf(event);
  return who === '' ? textOf(event) : `${who} ${textOf(event)}`;
}
