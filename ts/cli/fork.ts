/** `switchback fork LAB@MOMENT`: a recorded lab again from a moment on, with a change, recorded as a lab of its own. */
import type { Command } from 'commander';
import type { Setting } from '../debug/settings.ts';
import type { ForkReport } from '../services/debug/fork-lab.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { writeAtomically } from './atomic-file.ts';
import { differenceText } from './difference-text.ts';
import { asUsage, CliError, EXIT, usable } from './errors.ts';
import { readInput } from './input-file.ts';
import { readRunnable } from './lab-file.ts';
import { addLivingOptions, type LivingOptions } from './living.ts';
import { formatOption } from './options.ts';
import { counted, paint, print, printJson, span } from './output.ts';
import type { RemoteServer } from './remote.ts';
import { headOf, refuseMirror, withStore } from './store.ts';

interface ForkOptions extends LivingOptions {
  readonly format: 'table' | 'json';
  readonly name?: string;
  readonly replace?: boolean;
  readonly run?: readonly string[];
  readonly set?: readonly string[];
  readonly without?: readonly string[];
  readonly file?: string;
  readonly output?: string;
}

export function addFork(program: Command): void {
  const verb = program
    .command('fork')
    .summary('run a recorded lab again from a moment, with a change')
    .description(
      'Makes a lab of its own that shares the past of a recorded lab up to a moment, has a change there, and plays the later inputs again; ' +
        'then reports what came out differently. LAB alone means its end, or with --without the moment of the first step that is left out.',
    )
    .argument('<lab@moment>', 'lab and moment: ha@98 (behind that event), ha@12.5s (as a step of that time), or just ha');
  addLivingOptions(verb)
    .addOption(formatOption('table', 'json'))
    .option('--run <command>', 'give a command there; may be repeated', collect)
    .option('--set <setting>', 'change a setting, NODE.PROPERTY=VALUE or NODE:INTERFACE.PROPERTY=VALUE; may be repeated', collect)
    .option('--without <step>', 'leave a later step out: "crash fw1", or "crash fw1@20.5s"; may be repeated', collect)
    .option('-n, --name <name>', 'name of the fork (default: the name of the lab and "-fork")')
    .option('--replace', 'forget an earlier lab of that name')
    .option('--file <file>', 'the lab file that was run: for its checks, for -o, and for settings that no command changes')
    .option('-o, --output <file>', 'write the lab file with the change (needs --file)')
    .action(fork);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function fork(target: string, options: ForkOptions): Promise<void> {
  const { lab, moment } = parseTarget(target);
  const name = options.name ?? `${lab}-fork`;
  if (name === lab) throw new CliError(EXIT.usage, `--name: a fork cannot be called ${lab}, as the lab that it comes from`);
  if (options.output !== undefined && options.file === undefined)
    throw new CliError(EXIT.usage, '-o needs --file: the log has no lab file');
  const { readSetting } = await import('../debug/settings.ts');
  const order = {
    run: options.run ?? [],
    set: usable(() => (options.set ?? []).map(readSetting)),
    without: options.without ?? [],
  };
  const file = options.file === undefined ? null : await changedFile(options.file, order.set);
  const { findServer } = await import('./remote.ts');
  const server = await findServer(options);
  const asked = { target: { lab, moment }, name, order, file };
  const report = await (server === null ? forkHere(asked, options) : forkThere(server, asked, options));
  if (options.output !== undefined && file !== null) await writeChanged(options.output, file.text, report);
  if (options.format === 'json') {
    const { publishFork } = await import('../services/debug/publish-difference.ts');
    printJson(publishFork(report));
  } else print(reportText(report, options));
}

/** What is to be forked, and how. */
interface Asked {
  readonly target: ReturnType<typeof parseTarget>;
  readonly name: string;
  readonly order: { readonly run: readonly string[]; readonly set: readonly Setting[]; readonly without: readonly string[] };
  readonly file: ChangedFile | null;
}

function forkHere(
  { target: { lab, moment }, name, order, file }: Asked,
  { data, replace = false }: ForkOptions,
): Promise<ForkReport> {
  refuseMirror(data);
  return withStore(data, async (log, snapshots) => {
    await headOf(log, lab);
    await refuseBeyond(log, lab, moment, snapshots);
    const { forkLab } = await import('../services/debug/fork-lab.ts');
    const more = file === null ? {} : { checks: file.checks, changed: file.changed };
    return forkLab(log, { lab, at: moment, name, replace, ...order, ...more }, snapshots).catch((error: unknown) => asUsage(error));
  });
}

/** The same by the server that runs the labs. */
async function forkThere(server: RemoteServer, { target, name, file }: Asked, options: ForkOptions): Promise<ForkReport> {
  const { lab, moment } = target;
  const { run = [], set = [], without = [], replace = false, id } = options;
  const at = moment === null ? {} : { at: 'position' in moment ? String(moment.position) : `${moment.atNs}ns` };
  const order = { ...at, run, set, without, name, replace, ...(file === null ? {} : { file: file.text }) };
  const { reportOf } = await import('./remote-outcome.ts');
  return reportOf(await server.fork(lab, name, order, id));
}

interface ChangedFile {
  readonly text: string;
  readonly checks: Awaited<ReturnType<typeof readRunnable>>['script']['checks'];
  /** The lab with the settings in its file. */
  readonly changed: Awaited<ReturnType<typeof readRunnable>>['lab'];
}

async function changedFile(path: string, set: readonly { of: string; property: string; value: string }[]): Promise<ChangedFile> {
  const { script, lab } = await readRunnable(path);
  const text = readInput(path).toString('utf8');
  if (set.length === 0) return { text, checks: script.checks, changed: lab };
  const { readChanged } = await import('../services/debug/changed-file.ts');
  const read = usable(() => readChanged(text, path, lab, set));
  if (!read.ok) {
    const mistakes = read.findings.map(({ message }) => message);
    throw new CliError(EXIT.failed, `--set: with this the lab file is invalid: ${mistakes.join('; ')}`);
  }
  return { text, checks: script.checks, changed: read.file.lab };
}

async function writeChanged(path: string, text: string, { fork: name, changes }: ForkReport): Promise<void> {
  const { withChanges } = await import('../services/debug/changed-file.ts');
  await writeAtomically(path, async (write) => write(new TextEncoder().encode(withChanges(text, name, changes))));
}

function reportText(report: ForkReport, options: ForkOptions): string {
  const { lab, fork: name, atNs, changes, fromStart, openLoop, position, chain, virtualTimeNs, checks, difference } = report;
  const dataFlag = options.data === '.switchback' ? '' : ` --data ${options.data}`;
  const told = changes.map(
    ({ kind, text, atNs: ns }) => `  ${kind.padEnd(8)}${text}${kind === 'without' || ns > 0 ? ` at ${span(ns)}` : ''}`,
  );
  const notes = [
    ...(fromStart ? ['played from the beginning under the changed definition: no command changes this while the lab runs'] : []),
    ...(openLoop.inputs === 0
      ? []
      : [
          `${counted(openLoop.frames, 'frame')} from outside, in ${counted(openLoop.inputs, 'input')}, were played as recorded: they do not react`,
        ]),
  ];
  const verdicts = checks.filter(
    ({ before, after }) => before.pass !== after.pass || before.failures.join() !== after.failures.join(),
  );
  const parts = [
    `${paint('strong', name)}: ${lab} until ${span(atNs)}, then changed; ${span(virtualTimeNs)} of virtual time, ${counted(position, 'event')}`,
    told.length === 0 ? 'nothing is changed' : told.join('\n'),
    ...notes,
    ...(verdicts.length === 0 ? [] : [verdicts.map(verdictText).join('\n')]),
    differenceText(difference),
    `chain  ${chain}\nnext   switchback events ${name}${dataFlag} -f timeline\n       switchback diff ${lab} ${name}${dataFlag}`,
  ];
  return parts.join('\n\n');
}

function verdictText({ before, after }: ForkReport['checks'][number]): string {
  const word = (pass: boolean): string => (pass ? paint('good', 'pass') : paint('bad', 'FAIL'));
  return [`${word(before.pass)} → ${word(after.pass)}  ${before.name}`, ...after.failures.map((one) => `      ${one}`)].join('\n');
}
