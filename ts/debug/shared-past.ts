/**
 * Runs of one lab file with a step at many times. They share their past: the lab without the step is run once, and branches where the step
 * comes. Each branch ends with the events and the chain of a run from the beginning.
 *
 *   without the step  ──●─────●─────●──►
 *                        └─►   └─►   └─►   one branch a time
 *
 * What differs before the branch is one body: the `TimeAdvanced` that lets time pass up to the step says how far. Nothing that is decided
 * depends on it, so the snapshot of the shared run becomes that of the branch by writing its horizon, and the chain by hashing again.
 */
import { type CheckResult, CheckRun, marksOf } from '../engine/checks.ts';
import { readFlows } from '../engine/derived.ts';
import { type DropSample, readDrops } from '../engine/drop-counts.ts';
import { scriptInputs } from '../engine/script.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import { CHAIN_START, nextChain, toHex } from '../model/events/chain.ts';
import { encodeBody } from '../model/events/codec.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { type Course, courseOfInputs, endOf } from './course.ts';
import { Happened } from './effects.ts';
import { inWords } from './fork.ts';
import { type NewEngine, Rerun } from './rerun.ts';
import { type SweptResult, withStepAt } from './sweep.ts';

export class SharedPast {
  readonly #newEngine: NewEngine;
  readonly #file: LabFile;
  readonly #step: string;
  readonly #others: LabFile['script']['steps'];
  readonly #marks: readonly number[];
  readonly #base: Rerun;
  readonly #samples: DropSample[] = [];
  /** Runs that could not share the past: another step comes at the same time. */
  whole = 0;

  /** @param step text of the step that comes at other times. */
  constructor(newEngine: NewEngine, file: LabFile, step: string) {
    this.#newEngine = newEngine;
    this.#file = file;
    this.#step = step;
    this.#marks = marksOf(file.script.checks);
    this.#others = file.script.steps.filter(({ command }) => inWords(command) !== inWords(step));
    this.#base = new Rerun(newEngine, courseOfInputs(scriptInputs(file.lab, { ...file.script, steps: this.#others })));
  }

  /** What a run with the step at a time comes to. Times have to ascend from call to call. @throws RangeError as `withStepAt` does */
  at(atNs: number): SweptResult {
    const { lab, script } = withStepAt(this.#file, this.#step, atNs);
    const course = courseOfInputs(scriptInputs(lab, script));
    const number = course.given.findIndex(
      ({ input }) => input.type === 'CommandReceived' && inWords(input.data.command) === inWords(this.#step),
    );
    const before = course.given[number - 1];
    const isAlone =
      before?.input.type === 'TimeAdvanced' && before.atNs < atNs && this.#file.script.steps.every((one) => one.atNs !== atNs);
    if (isAlone) {
      this.#playTo(atNs);
      if (this.#base.next === number) return this.#branch(course, number, atNs);
    }
    this.whole++;
    return this.#ended(new Rerun(this.#newEngine, course), [], []);
  }

  /** Everything strictly before a time, with the drops at the marks up to then. */
  #playTo(atNs: number): void {
    for (const mark of this.#marks.slice(this.#samples.length)) {
      if (mark > atNs) break;
      this.#base.playUntil({ atNs: mark - 1 });
      this.#samples.push({ beforeNs: mark, drops: readDrops(this.#base.engine) });
    }
    this.#base.playUntil({ atNs: atNs - 1 });
  }

  #branch(course: Course, number: number, atNs: number): SweptResult {
    const past = this.#base.decided.map(({ event }) => event);
    const snapshot = this.#snapshotAt(number - 1, atNs);
    const run = new Rerun(this.#newEngine, course, { from: { snapshot, next: number, happened: new Happened() } });
    return this.#ended(run, past, [...this.#samples]);
  }

  /** The shared run's snapshot as if only so much time had been allowed to pass. @param number of the input that lets it pass */
  #snapshotAt(number: number, atNs: number): Snapshot {
    const { decided, positions, engine } = this.#base;
    const passing = positions.get(number) ?? 1;
    let chain = decided[passing - 2]?.chain ?? CHAIN_START;
    for (const { event, body } of decided.slice(passing - 1)) {
      const isPassing = event.position === passing && event.type === 'TimeAdvanced';
      const said = isPassing ? encodeBody({ ...event, data: { toNs: atNs } } as LabEvent) : body;
      chain = nextChain(chain, said);
    }
    const snapshot = engine.snapshot();
    return { ...snapshot, chain, untilNs: atNs, state: { ...snapshot.state, horizonNs: atNs } };
  }

  #ended(run: Rerun, past: readonly LabEvent[], samples: DropSample[]): SweptResult {
    const { checks } = this.#file.script;
    const endNs = endOf(run.course);
    for (const mark of this.#marks.slice(samples.length)) {
      if (mark > endNs) break;
      run.playUntil({ atNs: mark - 1 });
      samples.push({ beforeNs: mark, drops: readDrops(run.engine) });
    }
    run.play();
    const flows = readFlows(run.engine);
    return {
      position: run.engine.position,
      chain: toHex(run.engine.chain),
      flows,
      checks: this.#judge(checks, past, run, samples),
    };
  }

  #judge(
    checks: LabFile['script']['checks'],
    past: readonly LabEvent[],
    run: Rerun,
    samples: readonly DropSample[],
  ): CheckResult[] {
    const judge = new CheckRun(checks);
    for (const event of past) judge.observe(event);
    for (const { event } of run.decided) judge.observe(event);
    return judge.results(readFlows(run.engine), { samples, end: readDrops(run.engine) });
  }
}
