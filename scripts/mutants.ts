/**
 * Does the suite notice? Each mutant of test/mutants/ is a small deliberate defect (scripts/mutants/mutant.ts). Each is applied to
 * a copy of the sources, and the specs that should notice are run there; a mutant that survives is a hole in the suite.
 *
 *   npm run test:mutants                        # those that the last change touches, and 60 others
 *   npm run test:mutants -- NAME…               # these
 *   npm run test:mutants -- --changed BASE      # those that changes since a commit touch
 *   npm run test:mutants -- --sample 20 --seed 7
 *   npm run test:mutants -- --all
 *
 * Exit code 1 when a mutant survives or cannot be tried, 2 for a usage error.
 */
import { availableParallelism } from 'node:os';
import Table from 'cli-table3';
import { Command } from 'commander';
import { changedSince, choose, defaultBase, seedOfHead } from './mutants/choose.ts';
import { Copy, type Verdict } from './mutants/copy.ts';
import { type Mutant, readMutants } from './mutants/mutant.ts';

/** Tried at a time. */
const COPIES_MAX = 2;
/** Of those that a change does not touch. */
const SAMPLE = 60;

/** Why the specs say nothing about mutants: they fail without any, or have no such test. Null when all is well. */
async function baselineFault(copy: Copy, mutants: readonly Mutant[]): Promise<string | null> {
  const specs = [...new Set(mutants.map(({ killedBy }) => killedBy.spec))];
  // Without a defect each test ends by itself, however many there are and however busy the machine is.
  const { testResults } = await copy.run(specs, '', 0);
  for (const { name, message, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return `${failed.fullName} fails without any mutant`;
    if (assertionResults.length === 0) return `${name}: ${message}`;
  }
  const lost = mutants.find(({ killedBy }) => {
    const tests = testResults.find(({ name }) => name.endsWith(killedBy.spec))?.assertionResults ?? [];
    return !tests.some(({ fullName, status }) => status === 'passed' && fullName.includes(killedBy.test));
  });
  return lost === undefined ? null : `${lost.name}: no test of ${lost.killedBy.spec} is called "${lost.killedBy.test}"`;
}

interface Options {
  readonly all?: boolean;
  /** A commit, or true for the default one. */
  readonly changed?: string | true;
  readonly sample?: string;
  readonly seed?: string;
  readonly most?: string;
  readonly tsOnly?: boolean;
}

/** The mutants that the arguments ask for; what was chosen goes to stderr. @throws RangeError */
function chosen(names: readonly string[], options: Options): readonly Mutant[] {
  const isDefault = names.length === 0 && options.all !== true && options.changed === undefined && options.sample === undefined;
  const { all = false, changed = isDefault ? true : undefined, sample = isDefault ? `${SAMPLE}` : '0' } = options;
  const seed = options.seed === undefined ? seedOfHead() : wholeNumber('--seed', options.seed);
  const mutants = readMutants();
  const most = options.most === undefined ? {} : { most: wholeNumber('--most', options.most) };
  const choice = { names, all, changed: changedPaths(changed), sample: wholeNumber('--sample', sample), seed, ...most };
  const wanted = choose(mutants, choice).filter(({ file }) => options.tsOnly !== true || !file.startsWith('asm/'));
  console.error(
    `${wanted.length} of ${mutants.length} mutants${choice.sample > 0 || choice.most !== undefined ? `, drawn with --seed ${seed}` : ''}`,
  );
  return wanted;
}

function changedPaths(changed: string | true | undefined): ReadonlySet<string> | null {
  if (changed === undefined) return null;
  const base = changed === true ? process.env['MUTANTS_BASE'] || defaultBase() : changed;
  if (base === null) throw new RangeError('--changed: this clone has one commit only; say since when, or use --all');
  const paths = changedSince(base);
  console.error(`${paths.size} files changed since ${base}`);
  return paths;
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`${option}: "${text}" is not a whole number`);
}

/** Tries mutants. Returns the exit code. */
async function tryMutants(mutants: readonly Mutant[]): Promise<number> {
  const copies = Array.from({ length: Math.min(COPIES_MAX, availableParallelism(), mutants.length) }, () => new Copy());
  try {
    const [first] = copies;
    const fault = first === undefined ? null : await baselineFault(first, mutants);
    if (fault !== null) {
      console.error(fault);
      return 1;
    }
    const verdicts = await tryAll(copies, mutants);
    print(verdicts);
    return verdicts.every(({ outcome }) => outcome === 'killed') ? 0 : 1;
  } finally {
    for (const copy of copies) copy.remove();
  }
}

/** Each copy takes the next mutant when it is done with one. Verdicts come in the order of the mutants. */
async function tryAll(copies: readonly Copy[], mutants: readonly Mutant[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const left = mutants.entries();
  const work = async (copy: Copy) => {
    for (const [place, mutant] of left) verdicts[place] = announced(await copy.try(mutant));
  };
  await Promise.all(copies.map(work));
  return verdicts;
}

function announced(verdict: Verdict): Verdict {
  console.error(`${verdict.outcome.padEnd(8)} ${verdict.mutant.name}`);
  return verdict;
}

function print(verdicts: readonly Verdict[]): void {
  const table = new Table({ head: ['mutant', 'outcome', 'by', 's'], style: { head: [], border: [] }, colWidths: [36, 10, 76, 6] });
  for (const { mutant, outcome, detail, seconds } of verdicts) table.push([mutant.name, outcome, detail, seconds.toFixed(0)]);
  console.log(table.toString());
  const killed = verdicts.filter(({ outcome }) => outcome === 'killed').length;
  console.log(`${killed} of ${verdicts.length} mutants killed`);
}

async function main(names: readonly string[], options: Options): Promise<void> {
  try {
    process.exitCode = await tryMutants(chosen(names, options));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

await new Command('npm run test:mutants --')
  .description('Tries mutants. Without arguments: those that the last change touches, and a sample of the others.')
  .argument('[names...]', 'mutants to try')
  .option(
    '--changed [base]',
    'those whose source, spec or own text changed since a commit (default: MUTANTS_BASE, else the last landing)',
  )
  .option('--sample <n>', `so many of the others (default: ${SAMPLE} when nothing else is asked for)`)
  .option('--seed <n>', 'draws the sample (default: from the commit)')
  .option('--most <n>', 'no more than so many, drawn by the seed where more are wanted')
  .option('--all', 'every mutant')
  .option('--ts-only', 'none that needs the data plane built anew')
  .action(main)
  .parseAsync();
