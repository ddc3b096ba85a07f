/** A copy of the sources in which mutants are tried, one after the other. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Mutant, mutate } from './mutant.ts';

/** What a copy needs to build the data plane and run specs. */
const SOURCES = ['asm', 'gen', 'labs', 'proto', 'scripts', 'test', 'ts'];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts'];
const REPORT = 'mutant-report.json';
const MUTANT_MS_MAX = 300_000;
const run = promisify(execFile);

export interface Verdict {
  readonly mutant: Mutant;
  readonly outcome: 'killed' | 'survived' | 'broken';
  /** The first test that failed, or what went wrong. */
  readonly detail: string;
  readonly seconds: number;
}

/** What vitest's JSON reporter writes, as far as it matters here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export class Copy {
  readonly root = mkdtempSync(join(tmpdir(), 'switchback-mutants-'));

  constructor() {
    for (const folder of SOURCES) cpSync(folder, join(this.root, folder), { recursive: true });
    for (const file of FILES) cpSync(file, join(this.root, file));
    cpSync('gen', join(this.root, 'gen.clean'), { recursive: true });
    symlinkSync(join(process.cwd(), 'node_modules'), join(this.root, 'node_modules'));
    mkdirSync(join(this.root, 'docs'));
  }

  remove(): void {
    // A run that was killed may still write.
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  async try(mutant: Mutant): Promise<Verdict> {
    const started = process.hrtime.bigint();
    const path = join(this.root, mutant.file);
    const source = readFileSync(path, 'utf8');
    try {
      writeFileSync(path, mutate(source, mutant));
      const fault = mutant.file.startsWith('asm/') ? await this.#build() : null;
      const result = fault === null ? await this.#judge(mutant) : { outcome: 'broken' as const, detail: fault };
      return { mutant, ...result, seconds: Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000 };
    } finally {
      writeFileSync(path, source);
      if (mutant.file.startsWith('asm/')) this.#restoreBuild();
    }
  }

  /** By the copy's own script, but in this process: from the second time on, the compilers are warm and take a second or two. */
  async #build(): Promise<string | null> {
    const script = pathToFileURL(join(this.root, 'scripts/dataplane.ts')).href;
    const { buildDataplane } = (await import(script)) as typeof import('../dataplane.ts');
    try {
      await buildDataplane('quick');
      return null;
    } catch (error) {
      return `does not compile: ${error instanceof Error ? error.message : error}`;
    }
  }

  #restoreBuild(): void {
    rmSync(join(this.root, 'gen'), { recursive: true, force: true });
    cpSync(join(this.root, 'gen.clean'), join(this.root, 'gen'), { recursive: true });
  }

  async #judge({ killedBy }: Mutant): Promise<Pick<Verdict, 'outcome' | 'detail'>> {
    // A defect can make a loop of anything: what takes minutes has failed.
    const report = await this.run([killedBy.spec], killedBy.test, MUTANT_MS_MAX);
    const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.find(({ status }) => status === 'failed');
    if (failed !== undefined) return { outcome: 'killed', detail: failed.fullName };
    if (tests.some(({ status }) => status === 'passed')) return { outcome: 'survived', detail: killedBy.spec };
    return { outcome: 'broken', detail: report.testResults[0]?.message.split('\n')[0] ?? 'no test ran' };
  }

  /** Runs specs; `test` is part of the names of those wanted. @throws Error where the run does not end in its time, ms: 0 for any */
  async run(specs: readonly string[], test: string, timeout: number): Promise<Report> {
    const report = join(this.root, REPORT);
    rmSync(report, { force: true });
    const filter = test === '' ? [] : ['-t', test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
    const options = ['--reporter=json', `--outputFile=${report}`, ...filter];
    // Nobody asks why a test fails, so nothing is shrunk.
    const env = { ...process.env, SWITCHBACK_SHRINK: 'no', CI: '' };
    const vitest = join(this.root, 'node_modules/vitest/vitest.mjs');
    const limits = { cwd: this.root, env, encoding: 'utf8', timeout, maxBuffer: 64 << 20 } as const;
    const stderr = await run(process.execPath, [vitest, 'run', ...specs, ...options], limits).then(
      (ended) => ended.stderr,
      // It ends with 1 when a test fails, which is what is hoped for.
      (ended: { readonly stderr: string }) => ended.stderr,
    );
    if (!existsSync(report)) throw new Error(`vitest wrote no report:\n${stderr}`);
    return JSON.parse(readFileSync(report, 'utf8')) as Report;
  }
}
