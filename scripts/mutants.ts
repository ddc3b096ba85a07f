/**
 * Does the suite notice? Each file of test/mutants/ is a small deliberate defect: one replacement in one source. Each is applied
 * to a copy of the sources, and the specs that should notice are run there; a mutant that survives is a hole in the suite.
 *
 *   npx tsx scripts/mutants.ts                  # all of them
 *   npx tsx scripts/mutants.ts --only NAME      # one; may be given again
 *   npx tsx scripts/mutants.ts --ts-only        # none that needs the data plane built anew
 *
 * Exit code 1 when a mutant survives or cannot be tried.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';

const FOLDER = 'test/mutants';
/** What a copy needs to build the data plane and run specs. */
const SOURCES = ['asm', 'gen', 'labs', 'proto', 'scripts', 'test', 'ts'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts'];
const REPORT = 'mutant-report.json';
/** Tried at a time. */
const COPIES_MAX = 2;
const run = promisify(execFile);

export interface Mutant {
  readonly name: string;
  /** What is wrong with it, in a sentence. */
  readonly why: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The spec that should notice, and the beginning or a part of the names of its tests that do; '' for any. */
  readonly killedBy: { readonly spec: string; readonly test: string };
}

export function readMutants(): readonly Mutant[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => {
    return { name: basename(file, '.json'), ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Omit<Mutant, 'name'>) };
  });
}

/** A source with its defect. @throws RangeError when what is to be replaced is not there exactly once. */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new RangeError(`${name}: what it replaces is ${times} times in ${file}, not once`);
  return source.replace(find, () => replace);
}

interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** The first test that failed, or what went wrong. */
  readonly detail: string;
  readonly seconds: number;
}

/** What vitest's JSON reporter writes, as far as it matters here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** A copy of the sources in which defects are tried, one after the other. */
class Copy {
  readonly root = mkdtempSync(join(tmpdir(), 'switchback-mutants-'));

  constructor() {
    for (const folder of SOURCES) cpSync(folder, join(this.root, folder), { recursive: true });
    for (const file of FILES) cpSync(file, join(this.root, file));
    cpSync('gen', join(this.root, 'gen.clean'), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.root, 'node_modules'));
    mkdirSync(join(this.root, 'docs'));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  async try(mutant: Mutant): Promise<Verdict> {
    const started = process.hrtime.bigint();
    const path = join(this.root, mutant.file);
    const source = readFileSync(path, 'utf8');
    try {
      writeFileSync(path, mutate(source, mutant));
      const fault = mutant.file.startsWith('asm/') ? await this.build() : null;
      const result = fault === null ? await this.judge(mutant) : { outcome: 'broken' as const, detail: fault };
      return { mutant, ...result, seconds: Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000 };
    } finally {
      writeFileSync(path, source);
      if (mutant.file.startsWith('asm/')) this.restoreBuild();
    }
  }

  /** By the copy's own script, but in this process: from the second time on, the compilers are warm and take a second or two. */
  private async build(): Promise<string | null> {
    const script = pathToFileURL(join(this.root, 'scripts/dataplane.ts')).href;
    const { buildDataplane } = (await import(script)) as typeof import('./dataplane.ts');
    try {
      await buildDataplane('quick');
      return null;
    } catch (error) {
      return `does not compile: ${error instanceof Error ? error.message : error}`;
    }
  }

  private restoreBuild(): void {
    rmSync(join(this.root, 'gen'), { recursive: true, force: true });
    cpSync(join(this.root, 'gen.clean'), join(this.root, 'gen'), { recursive: true });
  }

  private async judge({ killedBy }: Mutant): Promise<Pick<Verdict, 'outcome' | 'detail'>> {
    const report = await this.run([killedBy.spec], killedBy.test);
    const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.find(({ status }) => status === 'failed');
    if (failed !== undefined) return { outcome: 'killed', detail: failed.fullName };
    if (tests.some(({ status }) => status === 'passed')) return { outcome: 'survived', detail: killedBy.spec };
    return { outcome: 'broken', detail: report.testResults[0]?.message.split('\n')[0] ?? 'no test ran' };
  }

  /** Runs specs; `test` is part of the names of those wanted. */
  async run(specs: readonly string[], test: string): Promise<Report> {
    const report = join(this.root, REPORT);
    rmSync(report, { force: true });
    const filter = test === '' ? [] : ['-t', test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
    const options = ['--reporter=json', `--outputFile=${report}`, ...filter];
    // A defect can make a loop of anything: what takes minutes has failed. And nobody asks why, so nothing is shrunk.
    const env = { ...process.env, SWITCHBACK_SHRINK: 'no', CI: '' };
    const vitest = join(this.root, 'node_modules/vitest/vitest.mjs');
    const limits = { cwd: this.root, env, encoding: 'utf8', timeout: 300_000, maxBuffer: 64 << 20 } as const;
    const stderr = await run(process.execPath, [vitest, 'run', ...specs, ...options], limits).then(
      (ended) => ended.stderr,
      // It ends with 1 when a test fails, which is what is hoped for.
      (ended: { readonly stderr: string }) => ended.stderr,
    );
    if (!existsSync(report)) throw new Error(`vitest wrote no report:\n${stderr}`);
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  }
}

/** Why the specs say nothing about mutants: they fail without any, or have no such test. Null when all is well. */
async function baselineFault(copy: Copy, mutants: readonly Mutant[]): Promise<string | null> {
  const specs = [...new Set(mutants.map(({ killedBy }) => killedBy.spec))];
  const { testResults } = await copy.run(specs, '');
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

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, 'ts-only': { type: 'boolean' } } });
  const mutants = readMutants().filter(({ name, file }) => {
    return (values.only?.includes(name) ?? true) && !(values['ts-only'] && file.startsWith('asm/'));
  });
  if (mutants.length === 0) {
    console.error(`no such mutant in ${FOLDER}`);
    return 2;
  }
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

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
