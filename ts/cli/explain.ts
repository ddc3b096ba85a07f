/** `switchback explain LAB`: why frames were lost, an event happened, a frame died or a value is what it is, back to what began it. */
import type { Command } from 'commander';
import type { FramePlace } from '../debug/explain/frame-finder.ts';
import type { LabEvent } from '../model/events/events.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { asUsage, CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption, type Moment, momentOf, timeOf } from './options.ts';
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

/** What was explained, as text and as JSON. */
interface Answer {
  readonly text: string;
  readonly json: object;
  readonly sameChain: boolean;
}

async function explain(target: string, options: ExplainOptions): Promise<void> {
  const asked = [options.flow, options.drop, options.frame, options.why].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new CliError(EXIT.usage, 'expected one of --flow, --drop, --frame and --why');
  const { lab, moment } = options.why === undefined ? { lab: target, moment: null } : parseTarget(target);
  const answer = await answerOf(lab, moment, options).catch((error: unknown) => asUsage(error));
  if (options.format === 'json') printJson(answer.json);
  else print(answer.text);
  if (answer.sameChain) return;
  note(`switchback: this engine decides lab ${lab} differently from what is recorded; "switchback verify ${lab}" shows where`);
  process.exitCode = EXIT.warnings;
}

async function answerOf(lab: string, moment: Moment | null, { data, flow, drop, frame, why }: ExplainOptions): Promise<Answer> {
  const position = drop === undefined ? null : positionOf(drop);
  const place = frame === undefined ? null : placeOf(frame);
  const told = await import('./explain-text.ts');
  return withStore(data, async (log, snapshots) => {
    await headOf(log, lab);
    const ask = await import('../services/ask/explain-lab.ts');
    if (position !== null) {
      const event = await ask.explainLabEvent(log, lab, position, lineOf);
      return { text: told.eventText(lab, event), json: { lab, ...event }, sameChain: event.sameChain };
    }
    if (place !== null) {
      const journey = await ask.explainLabFrame(log, lab, place, lineOf);
      return { text: told.frameText(lab, journey), json: { lab, ...journey }, sameChain: isProven(journey) };
    }
    if (why !== undefined) {
      await refuseBeyond(log, lab, moment, snapshots);
      const value = await ask.explainLabWhy(log, lab, why, moment, lineOf);
      return { text: told.whyText(lab, why, value), json: { lab, check: why, ...value }, sameChain: value.sameChain };
    }
    const losses = await ask.explainLabFlow(log, lab, flow ?? '', lineOf);
    return { text: told.flowText(lab, losses), json: { lab, ...losses }, sameChain: losses.sameChain };
  });
}

function isProven({ sameChain, sameRegion }: { readonly sameChain: boolean; readonly sameRegion: boolean }): boolean {
  return sameChain && sameRegion;
}

function positionOf(text: string): number {
  const moment = momentOf(text, '--drop');
  if ('position' in moment) return moment.position;
  throw new CliError(EXIT.usage, `--drop: "${text}" is a time; expected the position of an event, such as 71`);
}

/** "fw1:eth1@12.5s" or "fw1:eth1#3". @throws CliError for anything else */
function placeOf(text: string): FramePlace {
  const [, at, sign, which = ''] = /^([^@#]+)([@#])([^@#]+)$/.exec(text) ?? [];
  if (at === undefined) {
    throw new CliError(EXIT.usage, `--frame: "${text}" is no place; expected NODE:INTERFACE@TIME or NODE:INTERFACE#NUMBER`);
  }
  if (sign === '@') return { at, which: { atNs: timeOf(which, '--frame') } };
  const nth = Number(which);
  if (Number.isSafeInteger(nth) && nth >= 1) return { at, which: { nth } };
  throw new CliError(EXIT.usage, `--frame: "${which}" is no number of a frame; they begin at 1`);
}

/** An event in one line, with its place. */
function lineOf(event: LabEvent): string {
  const who = whoOf(event);
  return who === '' ? textOf(event) : `${who} ${textOf(event)}`;
}
