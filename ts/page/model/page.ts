/**
 * The page without its looks: what is shown, and everything that can be done. One cursor rules: whatever moves it changes tree, inspector and
 * time line together. Recorded state follows it at once; what takes a re-execution is asked when it rests.
 */
import type { EventRow, OpenedLab } from '../ask/questions.ts';
import { MARK } from '../ask/questions.ts';
import { WorkerLine, type WorkerPort } from '../ask/worker-line.ts';
import { type Axis, reachOf, showing, type View, whole } from '../timeline/view.ts';
import { type Address, readAddress, type Tab, writeAddress } from './address.ts';
import { Latest } from './latest.ts';
import { type Answer, EMPTY, NONE, type PageState, type Why } from './page-state.ts';

/** What the page needs of the browser. */
export interface Surroundings {
  readonly newWorker: () => WorkerPort;
  readonly wasm: () => Promise<Uint8Array>;
  /** Identity of the build, as checkpoints have it. */
  readonly identity: string;
  readonly fragment: () => string;
  readonly setFragment: (fragment: string) => void;
}

/** How long the cursor has to rest before anything is re-executed for it, ms. */
const REST_MS = 120;
/** Between two events while history plays, ms. */
const PLAY_MS = 300;
/** Browsers count each change of the address as a navigation and refuse too many. */
const SAY_MS = 250;

type AnswerKey = 'recorded' | 'otherRecorded' | 'derived' | 'why' | 'frames';

export class Page {
  readonly #around: Surroundings;
  readonly #listeners = new Set<() => void>();
  #state: PageState = EMPTY;
  #reader: WorkerLine | null = null;
  #runner: WorkerLine | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #play: ReturnType<typeof setInterval> | undefined;
  #said: ReturnType<typeof setTimeout> | undefined;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get state(): PageState {
    return this.#state;
  }

  /** The bundle that is open, as it was given. */
  get bundle(): Uint8Array {
    return this.#bytes;
  }

  /** Calls back after every change. */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  set(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  // ── Opening ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens a bundle, replays and proves it. What is wrong with it is shown. */
  async open(bytes: Uint8Array): Promise<void> {
    this.#close();
    this.#bytes = bytes;
    this.set({ ...EMPTY, phase: 'opening', violations: this.#state.violations });
    const reader = this.#newLine();
    const runner = this.#newLine();
    [this.#reader, this.#runner] = [reader, runner];
    runner.onProof = (proof) => this.set({ proof });
    try {
      const ask = { wasm: await this.#around.wasm(), identity: this.#around.identity };
      await Promise.all([reader.ask('dataplane', ask), runner.ask('dataplane', ask)]);
      const [lab] = await Promise.all([reader.ask('open', { bytes }), runner.ask('open', { bytes })]);
      if (this.#reader !== reader) return;
      this.#opened(lab);
      await runner.ask('prove', null);
    } catch (error) {
      if (this.#reader === reader) this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#close();
    this.set({ ...EMPTY, trouble: error instanceof Error ? error.message : String(error), violations: this.#state.violations });
  }

  #newLine(): WorkerLine {
    const line = new WorkerLine(this.#around.newWorker());
    line.onViolation = (directive) => this.set({ violations: [...this.#state.violations, `worker: ${directive}`] });
    return line;
  }

  #close(): void {
    this.stop();
    clearTimeout(this.#rest);
    this.#reader?.end();
    this.#runner?.end();
    [this.#reader, this.#runner] = [null, null];
  }

  #opened(lab: OpenedLab): void {
    const asked = readAddress(this.#around.fragment());
    const address = asked?.lab === lab.lab ? asked : null;
    const axis = address?.axis ?? 'time';
    const reach = reachOf(axis, lab.positions, lab.endNs);
    this.set({
      phase: 'open',
      lab,
      proof: { status: 'running', proven: 0, of: lab.positions },
      selected: lab.nodes.some(({ name }) => name === address?.selected) ? (address?.selected ?? null) : null,
      tab: address?.tab ?? 'state',
      view: whole(axis, reach),
      reach,
    });
    if (address?.other != null) this.setOther(address.other);
    this.moveTo(address?.position ?? lab.positions);
  }

  // ── Moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves the cursor; beyond an end is that end. */
  moveTo(position: number): void {
    const { lab, view, reach } = this.#state;
    if (lab === null) return;
    const cursor = Math.min(Math.max(Math.round(position), 1), lab.positions);
    const key = view.axis === 'time' ? (lab.events.atNs[cursor - 1] ?? 0) : cursor;
    this.set({ cursor, view: showing(view, key, reach), derived: NONE, why: NONE, frames: NONE, frame: -1 });
    this.#recorded.want(cursor);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#atRest(), REST_MS);
    this.#say();
  }

  /** Moves to the last event at or before a time. */
  moveToTime(atNs: number): void {
    const times = this.#state.lab?.events.atNs ?? new Float64Array(0);
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) <= atNs) low = middle + 1;
      else high = middle;
    }
    this.moveTo(low);
  }

  step(by: number): void {
    this.moveTo(this.#state.cursor + by);
  }

  /** Moves to the next event that something holds for; stays where none is. @param direction 1 for later, -1 for earlier */
  stepWhere(direction: 1 | -1, holds: (position: number) => boolean): void {
    const { lab, cursor } = this.#state;
    if (lab === null) return;
    for (let position = cursor + direction; position >= 1 && position <= lab.positions; position += direction) {
      if (!holds(position)) continue;
      this.moveTo(position);
      return;
    }
  }

  stepOfSelected(direction: 1 | -1): void {
    const lane = this.laneOf(this.#state.selected);
    const lanes = this.#state.lab?.events.lane;
    this.stepWhere(direction, (position) => lane <= 0 || lanes?.[position - 1] === lane);
  }

  stepToDrop(direction: 1 | -1): void {
    const marks = this.#state.lab?.events.mark;
    this.stepWhere(direction, (position) => marks?.[position - 1] === MARK.drop);
  }

  /** The next event whose line holds a text. */
  async find(text: string, backwards: boolean): Promise<boolean> {
    const position = await this.#reader?.ask('find', { text, from: this.#state.cursor, backwards });
    if (position === undefined || position === 0) return false;
    this.moveTo(position);
    return true;
  }

  play(): void {
    this.stop();
    this.set({ isPlaying: true });
    this.#play = setInterval(() => {
      const { cursor, lab } = this.#state;
      if (lab === null || cursor >= lab.positions) this.stop();
      else this.step(1);
    }, PLAY_MS);
  }

  stop(): void {
    clearInterval(this.#play);
    if (this.#state.isPlaying) this.set({ isPlaying: false });
  }

  // ── Choosing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  select(selected: string | null): void {
    this.set({ selected });
    this.#say();
  }

  show(tab: Tab): void {
    this.set({ tab });
    this.#atRest();
    this.#say();
  }

  /** Sets the other cursor, to compare with; null takes it away. */
  setOther(other: number | null): void {
    const end = this.#state.lab?.positions ?? 0;
    const isThere = other !== null && other >= 1 && other <= end;
    this.set({ other: isThere ? other : null, otherRecorded: NONE });
    if (isThere) this.#otherRecorded.want(other);
    this.#say();
  }

  setAxis(axis: Axis): void {
    const { lab, cursor } = this.#state;
    if (lab === null) return;
    const reach = reachOf(axis, lab.positions, lab.endNs);
    this.set({ view: whole(axis, reach), reach });
    this.moveTo(cursor);
  }

  setView(view: View): void {
    this.set({ view });
  }

  ask(asked: Why): void {
    this.set({ asked, why: NONE });
    this.#atRest();
  }

  setFramesNs(framesNs: number): void {
    this.set({ framesNs, frames: NONE, frame: -1 });
    this.#atRest();
  }

  /** Number of a node's lane; 0 for the lab's own. */
  laneOf(node: string | null): number {
    return node === null ? -1 : (this.#state.lab?.nodes.findIndex(({ name }) => name === node) ?? -1) + 1;
  }

  rows(from: number, to: number): Promise<readonly EventRow[]> {
    return this.#reader?.ask('rows', { from, to }) ?? Promise.resolve([]);
  }

  // ── Asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

  readonly #recorded = new Latest<number>(async (position) => {
    const isCurrent = (): boolean => this.#state.cursor === position;
    await this.#fill('recorded', String(position), isCurrent, () => this.#reader?.ask('recorded', { position }));
    const [line] = await this.rows(position, position).catch(() => []);
    if (isCurrent()) this.set({ line: line ?? null });
  });
  readonly #otherRecorded = new Latest<number>((position) =>
    this.#fill(
      'otherRecorded',
      String(position),
      () => this.#state.other === position,
      () => this.#reader?.ask('recorded', { position }),
    ),
  );
  readonly #derived = new Latest<number>((position) =>
    this.#fill(
      'derived',
      String(position),
      () => this.#state.cursor === position,
      () => this.#runner?.ask('derived', { position }),
    ),
  );
  readonly #why = new Latest<{ readonly position: number; readonly asked: Why }>(({ position, asked }) =>
    this.#fill(
      'why',
      asked.of === 'flow' ? asked.flow : String(position),
      () => this.#state.asked === asked && this.#state.cursor === position,
      () =>
        asked.of === 'flow' ? this.#runner?.ask('explainFlow', { flow: asked.flow }) : this.#runner?.ask('explain', { position }),
    ),
  );
  readonly #frames = new Latest<{ readonly position: number; readonly atNs: number; readonly lengthNs: number }>(
    ({ position, atNs, lengthNs }) =>
      this.#fill(
        'frames',
        `${position} ${lengthNs}`,
        () => this.#state.cursor === position && this.#state.framesNs === lengthNs,
        () => this.#runner?.ask('frames', { fromNs: Math.max(0, atNs - lengthNs / 2), toNs: atNs + lengthNs / 2 }),
      ),
  );

  /** Asks what the tab that is shown needs and is not there yet. */
  #atRest(): void {
    const { lab, cursor: position, tab, asked, derived, why, frames, framesNs: lengthNs } = this.#state;
    if (lab === null) return;
    if (derived.status === 'none') this.#derived.want(position);
    if (tab === 'why' && why.status === 'none') this.#why.want({ position, asked });
    if (tab === 'frames' && frames.status === 'none')
      this.#frames.want({ position, atNs: lab.events.atNs[position - 1] ?? 0, lengthNs });
  }

  /** Keeps the old answer in sight until the new one is there. @param isCurrent false once something else is wanted: then the answer is dropped */
  async #fill<T>(key: AnswerKey, of: string, isCurrent: () => boolean, ask: () => Promise<T> | undefined): Promise<void> {
    if (this.#state[key].status !== 'there') this.set({ [key]: { status: 'asked', of } });
    try {
      const value = await ask();
      if (value !== undefined && isCurrent()) this.set({ [key]: { status: 'there', of, value } satisfies Answer<T> });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (isCurrent()) this.set({ [key]: { status: 'failed', of, message } });
    }
  }

  /** Writes the moment into the address, once it stays. */
  #say(): void {
    clearTimeout(this.#said);
    this.#said = setTimeout(() => {
      const { lab, cursor, other, selected, tab, view } = this.#state;
      if (lab === null) return;
      const address: Address = { lab: lab.lab, position: cursor, other, selected, tab, axis: view.axis };
      this.#around.setFragment(writeAddress(address));
    }, SAY_MS);
  }
}
