/** `switchback explain LAB`: why frames were lost, an event happened, a frame died or a value is what it is, back to what began it. */
import type { Command } from 'commander';
import type { Explanation, WhatToExplain } from '../services/debug/explanation.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { asUsage, CliError, EXIT, usable } from './errors.ts';
import { type DataOptions, dataOption, formatOption, type Moment, momentOf } from './options.ts';
import { note, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface ExplainOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly flow?: string;
  readonly drop?: string;
  readonly frame?: string;
  readonly why?: string;
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('explain why a recorded lab lost frames, or did anything else')
    .description(
      'Explains each loss of a flow (--flow), a drop or any other event (--drop), what became of one frame (--frame), or why an expectation holds ' +
        'or fails (--why): where, for which reason, and the events behind it, nearest first, back to the step, command, injected frame or ' +
        'property of the file that began it. Each input and property is proven: the lab is run again without it. Nothing has to be prepared ' +
        'before the run; the re-execution with tracing on ends as the recorded run did.',
    )
    .argument('<lab>', 'name of a recorded lab; with --why also ha@98 (position) or ha@12.5s (virtual time)')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--flow <name>', 'the flow whose losses to explain')
    .option('--drop <position>', 'the event to explain: a drop, or any other')
    .option('--frame <place>', 'the frame to follow: fw1:eth1@12.5s is the first one seen there from then on, fw1:eth1#3 the third')
    .option('--why <expectation>', 'as in "validate", such as "neighbour: { node: client, ip: 10.0.1.1 }, mac: fw2:eth1"')
    .action(explain);
}

async function explain(target: string, options: ExplainOptions): Promise<void> {
  const asked = [options.flow, options.drop, options.frame, options.why].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new CliError(EXIT.usage, 'expected one of --flow, --drop, --frame and --why');
  const { lab, moment } = options.why === undefined ? { lab: target, moment: null } : parseTarget(target);
  const explanation = await explanationOf(lab, moment, options).catch((error: unknown) => asUsage(error));
  if (options.format === 'json') {
    const { publishExplanation } = await import('../services/debug/explanation.ts');
    printJson(publishExplanation(lab, explanation));
  } else print(await textOf(lab, explanation));
  if (isProven(explanation)) return;
  note(`switchback: this engine decides lab ${lab} differently from what is recorded; "switchback verify ${lab}" shows where`);
  process.exitCode = EXIT.warnings;
}

async function explanationOf(lab: string, moment: Moment | null, options: ExplainOptions): Promise<Explanation> {
  const { explainLab, readFramePlace } = await import('../services/debug/explanation.ts');
  const { flow, drop, frame, why } = options;
  const what = ((): WhatToExplain => {
    if (drop !== undefined) return { of: 'event', position: positionOf(drop) };
    if (frame !== undefined) return { of: 'frame', place: usable(() => readFramePlace(frame), '--frame: ') };
    return why === undefined ? { of: 'flow', flow: flow ?? '' } : { of: 'why', check: why, until: moment };
  })();
  return withStore(options.data, async (log, snapshots) => {
    await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    return explainLab(log, lab, what, snapshots);
  });
}

async function textOf(lab: string, explanation: Explanation): Promise<string> {
  const told = await import('./explain-text.ts');
  switch (explanation.of) {
    case 'flow':
      return told.flowText(lab, explanation.told);
    case 'event':
      return told.eventText(lab, explanation.told);
    case 'frame':
      return told.frameText(lab, explanation.told);
    case 'why':
      return told.whyText(lab, explanation.check, explanation.told);
  }
}

/** Whether the re-execution decided what is recorded, and tracing changed nothing. */
function isProven({ of, told }: Explanation): boolean {
  return told.sameChain && (of !== 'frame' || told.sameRegion);
}

function positionOf(text: string): number {
  const moment = momentOf(text, '--drop');
  if ('position' in moment) return moment.position;
  throw new CliError(EXIT.usage, `--drop: "${text}" is a time; expected the position of an event, such as 71`);
}
