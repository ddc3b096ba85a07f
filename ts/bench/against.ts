/**
 * Two builds compared: each benchmark runs in both, in turn, and the ratio of each pair is taken. What disturbs one of a pair
 * disturbs its neighbour, so the median of the ratios is far steadier than the ratio of the medians.
 *
 * Both builds have processes of their own, new ones every few pairs: where a process happens to lie in memory and when its
 * compiler ran can make it a few percent faster or slower for as long as it lives.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, type Row } from './row.ts';
import { BENCH_MODULE, type SamplerMessage } from './sampler.ts';

/** A row in both builds. */
export interface Comparison {
  readonly name: string;
  readonly unit: Row['unit'];
  /** Speed of this build as a share of the other's, median of the pairs: 1.02 is 2 % faster. Of sizes: 1.02 is 2 % smaller. */
  readonly ratio: number;
  /** A quarter of the pairs lies below `lower`, a quarter above `upper`. */
  readonly lower: number;
  readonly upper: number;
  readonly min: number;
  readonly max: number;
  /** The ratio of the two best samples of all. Other work on the machine only ever slows, so this one is steady under load. */
  readonly best: number;
  /** Medians of this build and of the other, in `unit`, in the order they were measured. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Of what came out in this build and in the other. They differ when the two did not do the same work. */
  readonly digest: string;
  readonly otherDigest: string;
}

export interface AgainstOptions {
  /** How many pairs of each benchmark. */
  readonly pairs: number;
  /** Only benchmarks whose name has this in it, in any case. */
  readonly filter?: string;
  readonly note?: (text: string) => void;
  readonly onRow?: (row: Comparison) => void;
}

/** Pairs that share their two processes. */
const PAIRS_PER_PROCESS = 3;
const SAMPLER = import.meta.url.endsWith('.ts') ? '../../dist/ts/bench/sampler.js' : './sampler.js';
/** This package, seen from its built sampler. */
const OWN_ROOT = fileURLToPath(new URL('../../..', new URL(SAMPLER, import.meta.url)));
const PACKAGE = 'switchback-lab';

/** The package in a folder: a checkout, an unpacked package, or one that this package is installed in. Null when none is built there. */
export function builtRoot(folder: string): string | null {
  const roots = [resolve(folder), resolve(folder, 'node_modules', PACKAGE)];
  return roots.find((root) => existsSync(join(root, BENCH_MODULE))) ?? null;
}

/**
 * Compares this build, as it stands in dist/, with the one at `otherRoot` (see `builtRoot`).
 * @throws when a benchmark fails in either build, or does not deliver the same twice.
 */
export async function compareBuilds(otherRoot: string, options: AgainstOptions): Promise<Comparison[]> {
  const { filter = '', note = () => undefined, onRow = () => undefined } = options;
  const names = await sharedBenchmarks(otherRoot, filter, note);
  const compared: Comparison[] = [];
  for (const name of names) {
    const rows = comparisonsOf(await measurePairs(name, otherRoot, options.pairs));
    if (rows.length === 0) note(`${name}: left out, because it has no quick run here`);
    for (const row of rows) {
      compared.push(row);
      onRow(row);
    }
  }
  return compared;
}

async function sharedBenchmarks(otherRoot: string, filter: string, note: (text: string) => void): Promise<string[]> {
  const [ours, others] = await withSamplers([OWN_ROOT, otherRoot], (samplers) =>
    Promise.resolve(samplers.map(({ benchmarks }) => benchmarks.filter((name) => matches(name, filter)))),
  );
  if (ours === undefined || others === undefined) throw new Error('both builds list their benchmarks');
  for (const name of ours.filter((own) => !others.includes(own))) note(`${name}: left out, the other build has no such benchmark`);
  for (const name of others.filter((other) => !ours.includes(other))) note(`${name}: left out, this build has no such benchmark`);
  return ours.filter((name) => others.includes(name));
}

function matches(name: string, filter: string): boolean {
  return name.toLowerCase().includes(filter.toLowerCase());
}

/** Rows of this build and of the other, as one run of a benchmark gave them. */
type Pair = readonly [readonly Row[], readonly Row[]];

async function measurePairs(name: string, otherRoot: string, count: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    await withSamplers([OWN_ROOT, otherRoot], async ([ours, other]) => {
      if (ours === undefined || other === undefined) throw new Error('there are two samplers');
      for (let i = 0; i < PAIRS_PER_PROCESS && pairs.length < count; i++)
        pairs.push(await onePair(name, ours, other, pairs.length));
    });
  }
  return pairs;
}

/** Who goes first alternates, so that it favours neither. */
async function onePair(name: string, ours: Sampler, other: Sampler, index: number): Promise<Pair> {
  if (index % 2 === 0) {
    const own = await ours.measure(name);
    return [own, await other.measure(name)];
  }
  const their = await other.measure(name);
  return [await ours.measure(name), their];
}

/** The comparisons that the pairs of one benchmark give: one for each row that both builds have. */
export function comparisonsOf(pairs: readonly Pair[]): Comparison[] {
  const [ours = [], others = []] = pairs[0] ?? [];
  return ours.flatMap(({ name, unit }) => {
    if (!others.some((row) => row.name === name)) return [];
    const measured = pairs.map(([own, other]) => [rowCalled(own, name), rowCalled(other, name)] as const);
    const ratios = measured.map(([own, other]) => speedRatio(own, other)).sort((a, b) => a - b);
    return [
      {
        name,
        unit,
        ratio: median(ratios),
        lower: quantile(ratios, 0.25),
        upper: quantile(ratios, 0.75),
        min: ratios[0] ?? Number.NaN,
        max: ratios.at(-1) ?? Number.NaN,
        best: speedRatio(bestOf(measured.map(([own]) => own)), bestOf(measured.map(([, other]) => other))),
        pairs: measured.map(([own, other]) => [own.median, other.median] as const),
        digest: oneDigest(measured.map(([own]) => own)),
        otherDigest: oneDigest(measured.map(([, other]) => other)),
      },
    ];
  });
}

function rowCalled(rows: readonly Row[], name: string): Row {
  const row = rows.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`${name}: a later run has no such row`);
  return row;
}

/** The row of the best sample, with it in place of the median. */
function bestOf(rows: readonly Row[]): Row {
  const best = rows.map((row) => ({ ...row, median: row.unit.endsWith('/s') ? row.max : row.min }));
  return best.reduce((a, b) => (speedRatio(a, b) >= 1 ? a : b));
}

/** How many times faster the first is: rates are better when higher, times and sizes when lower. */
function speedRatio(own: Row, other: Row): number {
  if (own.unit !== other.unit) throw new Error(`${own.name}: ${own.unit} in this build, ${other.unit} in the other`);
  return own.unit.endsWith('/s') ? own.median / other.median : other.median / own.median;
}

/** Of sorted values, between neighbours in proportion. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}

/** A build delivers the same each time. */
function oneDigest(rows: readonly Row[]): string {
  const [first = '', ...others] = new Set(rows.map(({ digest }) => digest));
  if (others.length > 0) throw new Error(`${rows[0]?.name}: one build delivered ${[first, ...others].join(' and ')}`);
  return first;
}

/** A build's process. It answers one request at a time. */
class Sampler {
  readonly root: string;
  readonly #child: ChildProcess;
  #names: readonly string[] = [];

  constructor(root: string) {
    this.root = root;
    this.#child = fork(fileURLToPath(new URL(SAMPLER, import.meta.url)), [root], { execArgv: [] });
  }

  get benchmarks(): readonly string[] {
    return this.#names;
  }

  async begin(): Promise<void> {
    const answer = await this.#answer();
    if (answer.kind === 'ready') this.#names = answer.benchmarks;
  }

  async measure(name: string): Promise<readonly Row[]> {
    const answer = this.#answer();
    this.#child.send(name);
    const message = await answer;
    if (message.kind === 'measured') return message.rows;
    throw new Error(`${this.root}: ${name}: ${message.kind === 'failed' ? message.message : 'no rows'}`);
  }

  end(): void {
    this.#child.kill();
  }

  #answer(): Promise<SamplerMessage> {
    return new Promise((settle, refuse) => {
      const onMessage = (message: unknown) => {
        this.#child.off('exit', onExit);
        settle(message as SamplerMessage);
      };
      const onExit = (code: number | null, signal: string | null) => {
        this.#child.off('message', onMessage);
        refuse(new Error(`${this.root}: the measuring process ended with ${code ?? signal}`));
      };
      this.#child.once('message', onMessage).once('exit', onExit);
    });
  }
}

/** Runs `work` with a sampler of each build, and ends them. */
async function withSamplers<T>(roots: readonly string[], work: (samplers: readonly Sampler[]) => Promise<T>): Promise<T> {
  const samplers = roots.map((root) => new Sampler(root));
  try {
    // One after the other: loading is work too, and belongs to nobody's sample.
    for (const sampler of samplers) await sampler.begin();
    return await work(samplers);
  } finally {
    for (const sampler of samplers) sampler.end();
  }
}
