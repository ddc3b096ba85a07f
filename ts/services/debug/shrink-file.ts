/**
 * The smallest lab file that still fails an expectation: flows, nodes, links and steps are left out for as long as it does. Each candidate
 * is read as a lab file is, and run to its end; one that is invalid, or that breaks what has to go on holding, is none.
 */
import { courseOfInputs } from '../../debug/course.ts';
import { ddmin } from '../../debug/ddmin.ts';
import { judged } from '../../debug/judged.ts';
import { Rerun } from '../../debug/rerun.ts';
import { scriptInputs } from '../../engine/script.ts';
import { toHex } from '../../model/events/chain.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { readLabFile } from '../../topology/read-lab-file.ts';
import { createEngine } from '../engine/host.ts';
import { type FilePart, PART_KINDS, type PartKind, partsOf, withChecks, withParts } from './file-parts.ts';

/** How many runs a search may cost, the first and the last one among them. */
export const SHRINK_RUNS_MAX = 500;

export interface ShrinkOrder {
  /** The lab file's text, and its name for messages. */
  readonly text: string;
  readonly path: string;
  /** The expectation that fails, as `validate` has them. */
  readonly check: string;
  /** Expectations that have to go on holding. */
  readonly keep: readonly string[];
  readonly runsMax?: number;
}

export interface Shrunk {
  readonly lab: string;
  /** Parts by kind: in the file, and in what is left of it. */
  readonly before: Readonly<Record<PartKind, number>>;
  readonly after: Readonly<Record<PartKind, number>>;
  readonly runs: number;
  /** Runs were at their limit: a smaller file may fail, too. */
  readonly limited: boolean;
  /** What the smallest file fails with. */
  readonly failures: readonly string[];
  /** Of a run of the smallest file, hex. */
  readonly chain: string;
  readonly text: string;
}

const FAILING = 'fails';
const KEPT = 'holds';

/** @throws RangeError when the file with these expectations is invalid, does not fail, or does not hold what it has to */
export function shrinkFile({ text, path, check, keep, runsMax = SHRINK_RUNS_MAX }: ShrinkOrder): Shrunk {
  const whole = withChecks(text, { [FAILING]: [check], [KEPT]: keep });
  const all = partsOf(whole);
  const trial = new Trial(whole, path, runsMax);
  trial.refuseUnfit(all);
  let kept: readonly FilePart[] = all;
  for (let before = kept.length + 1; kept.length < before && !trial.isLimited; ) {
    before = kept.length;
    for (const kind of PART_KINDS) {
      const others = kept.filter((part) => part.kind !== kind);
      const own = kept.filter((part) => part.kind === kind);
      kept = [...others, ...ddmin(own, (rest) => trial.fails([...others, ...rest]))];
    }
    // What cannot be without a node went with it.
    kept = withParts(whole, kept).left;
  }
  const { text: smallest } = withParts(whole, kept);
  const { file, failures } = trial.judge(smallest);
  const rerun = new Rerun(createEngine, courseOfInputs(scriptInputs(file.lab, file.script))).play();
  return {
    lab: file.name,
    before: countsOf(all),
    after: countsOf(kept),
    runs: trial.runs,
    limited: trial.isLimited,
    failures,
    chain: toHex(rerun.engine.chain),
    text: smallest,
  };
}

/** Tries smaller files; each text is run once. */
class Trial {
  readonly #whole: string;
  readonly #path: string;
  readonly #runsMax: number;
  readonly #known = new Map<string, boolean>();
  runs = 0;

  constructor(whole: string, path: string, runsMax: number) {
    this.#whole = whole;
    this.#path = path;
    this.#runsMax = runsMax;
  }

  /** One run is kept for the smallest file. */
  get isLimited(): boolean {
    return this.runs >= this.#runsMax - 1;
  }

  /** Whether what is left still fails, and holds what it has to; null when no run is left to tell. */
  fails(kept: readonly FilePart[]): boolean | null {
    const { text } = withParts(this.#whole, kept);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const read = readLabFile(text, this.#path);
    if (read.ok && this.isLimited) return null;
    const isFailing = read.ok && this.#run(read.file).every((check) => check.pass === (check.name === KEPT));
    this.#known.set(text, isFailing);
    return isFailing;
  }

  /** @throws RangeError where there is nothing to shrink. */
  refuseUnfit(all: readonly FilePart[]): void {
    const { failures, broken } = this.judge(withParts(this.#whole, all).text);
    if (broken.length > 0) throw new RangeError(`what has to go on holding does not hold: ${broken.join('; ')}`);
    if (failures.length === 0) throw new RangeError('the expectation holds: there is no failure to shrink');
  }

  judge(text: string): { readonly file: LabFile; readonly failures: readonly string[]; readonly broken: readonly string[] } {
    const read = readLabFile(text, this.#path);
    if (!read.ok) throw new RangeError(`with this expectation the file is invalid: ${read.findings[0]?.message ?? ''}`);
    const results = this.#run(read.file);
    const of = (name: string): readonly string[] => results.find((check) => check.name === name)?.failures ?? [];
    return { file: read.file, failures: of(FAILING), broken: of(KEPT) };
  }

  #run({ lab, script }: LabFile) {
    this.runs++;
    return judged(createEngine, courseOfInputs(scriptInputs(lab, script)), script.checks);
  }
}

function countsOf(parts: readonly FilePart[]): Record<PartKind, number> {
  const count = (kind: PartKind): number => parts.filter((part) => part.kind === kind).length;
  return { flows: count('flows'), nodes: count('nodes'), links: count('links'), steps: count('steps') };
}
