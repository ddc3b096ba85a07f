/** `switchback shrink FILE --check EXPR`: the smallest lab file that still fails. */
import type { Command } from 'commander';
import type { Shrunk } from '../services/debug/shrink-file.ts';
import { writeAtomically } from './atomic-file.ts';
import { asUsage, CliError, EXIT } from './errors.ts';
import { inputName, readInput } from './input-file.ts';
import { readRunnable } from './lab-file.ts';
import { formatOption } from './options.ts';
import { counted, note, paint, print, printJson } from './output.ts';

interface ShrinkOptions {
  readonly format: 'table' | 'json';
  readonly check: string;
  readonly keep?: readonly string[];
  readonly runs?: string;
  readonly output?: string;
}

/** The file as it is, and the smallest one. */
const RUNS_MIN = 2;
const RUNS_MAX = 100_000;

export function addShrink(program: Command): void {
  program
    .command('shrink')
    .summary('reduce a lab file that fails to the smallest one')
    .description(
      'Leaves out flows, nodes, links and steps of a lab file for as long as an expectation fails, and writes the smallest file that still ' +
        'does. Each candidate is run to its end; nothing is recorded. Expectations are written as in "validate" of a lab file.',
    )
    .argument('<file>', 'lab file (*.lab.yml)')
    .addOption(formatOption('table', 'json'))
    .requiredOption('--check <expectation>', 'the expectation that fails, such as "{ flow: up, lost: { max: 0 } }"')
    .option('--keep <expectation>', 'an expectation that has to go on holding; may be repeated', collect)
    .option('--runs <n>', 'how many runs it may cost (default: 500)')
    .option('-o, --output <file>', 'write the file there, whole or not at all (default: standard output)')
    .action(shrink);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

async function shrink(input: string, options: ShrinkOptions): Promise<void> {
  const runsMax = options.runs === undefined ? undefined : runsOf(options.runs);
  await readRunnable(input);
  const { shrinkFile } = await import('../services/debug/shrink-file.ts');
  const order = { text: readInput(input).toString('utf8'), path: inputName(input), check: options.check, keep: options.keep ?? [] };
  const shrunk = await Promise.resolve(runsMax === undefined ? order : { ...order, runsMax })
    .then(shrinkFile)
    .catch((error: unknown) => asUsage(error));
  if (options.output !== undefined) {
    await writeAtomically(options.output, async (write) => write(new TextEncoder().encode(shrunk.text)));
  }
  if (options.format === 'json') printJson({ ...shrunk, file: options.output ?? null });
  else if (options.output === undefined) {
    note(reportText(shrunk, options));
    print(shrunk.text.trimEnd());
  } else print(reportText(shrunk, options));
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= RUNS_MIN && runs <= RUNS_MAX) return runs;
  throw new CliError(EXIT.usage, `--runs: expected a whole number from ${RUNS_MIN} to ${RUNS_MAX}, got "${text}"`);
}

function reportText({ lab, before, after, runs, limited, failures, chain }: Shrunk, { check, output }: ShrinkOptions): string {
  const kinds = ['nodes', 'links', 'flows', 'steps'] as const;
  const sizes = kinds.map((kind) => `${kind} ${before[kind]} -> ${after[kind]}`).join(', ');
  const limit = limited ? ', the most that were allowed: a smaller file may fail, too' : '';
  return [
    `${paint('strong', lab)}: ${check}`,
    ...failures.map((failure) => paint('bad', `  ${failure}`)),
    `size   ${sizes}`,
    `runs   ${counted(runs, 'run')}${limit}`,
    `chain  ${chain}`,
    ...(output === undefined ? [] : [`next   switchback run ${output}`]),
  ].join('\n');
}
