/**
 * The page without its looks: what is shown, and everything that can be done. One cursor rules: whatever moves it changes tree, inspector and
 * time line together. Recorded state follows it at once; what takes a re-execution is asked when it rests.
 */
import type { EventRow, Json, LabPiece, OpenedLab } from '../ask/questions.ts';
import { MARK } from '../ask/questions.ts';
import { WorkerLine, type WorkerPort } from '../ask/worker-line.ts';
import { type Axis, reachOf, showing, type View, whole } from '../timeline/view.ts';
import { type Address, readAddress, type Tab, writeAddress } from './address.ts';
import { Following, type Server } from './follow.ts';
import { GrowingLab } from './growing-lab.ts';
import { Inquiries } from './inquiries.ts';
import { begunWith, grownTo, positionAt } from './opened.ts';
import { EMPTY, NONE, type PageState, type Why } from './page-state.ts';

/** What the page needs of the browser. */
export interface Surroundings {
  readonly newWorker: () => WorkerPort;
  readonly wasm: () => Promise<Uint8Array>;
  /** Identity of the build, as checkpoints have it. */
  readonly identity: string;
  /** The server that sent the page; null for none. */
  readonly server: Server | null;
  readonly fragment: () => string;
  readonly setFragment: (fragment: string) => void;
}

/** How long the cursor has to rest before anything is re-executed for it, ms. */
const REST_MS = 120;
/** Between two events while history plays, ms. */
const PLAY_MS = 300;
/** Browsers count each change of the address as a navigation and refuse too many. */
const SAY_MS = 250;

export class Page {
  readonly #around: Surroundings;
  readonly #listeners = new Set<() => void>();
  readonly #inquiries = new Inquiries({
    state: () => this.#state,
    set: (change) => this.set(change),
    reader: () => this.#reader,
    runner: () => this.#runner,
    rows: (from, to) => this.rows(from, to),
  });
  #state: PageState = EMPTY;
  #reader: WorkerLine | null = null;
  #runner: WorkerLine | null = null;
  #following: Following | null = null;
  #growing = new GrowingLab();
  /** Where the cursor is to go once the lab is read so far; null for where it is. */
  #wanted: number | null = null;
  #wantedOther: number | null = null;
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

  /** What the page does first: with a server, it opens the lab of the address, or lists all. */
  async begin(): Promise<void> {
    const { server, fragment } = this.#around;
    if (server === null) return;
    const asked = readAddress(fragment());
    if (asked !== null) await this.openLiving(asked.lab);
    await this.listLabs();
  }

  async listLabs(): Promise<void> {
    try {
      this.set({ labs: (await this.#around.server?.labs()) ?? null });
    } catch (error) {
      if (this.#state.lab === null) this.fail(error);
    }
  }

  /** Opens a lab of the server, and follows it: each event that comes is re-executed, too. */
  async openLiving(lab: string): Promise<void> {
    const { server } = this.#around;
    if (server === null) return;
    try {
      await this.open(await server.bundle(lab));
    } catch (error) {
      this.fail(error);
    }
    const from = (this.#state.lab?.positions ?? 0) + 1;
    if (this.#state.lab?.lab !== lab) return;
    const append = (events: readonly Json[]): Promise<void> => this.#append(events);
    this.#following = new Following(server, lab, from, append, (status) => this.set({ link: { status, detail: '' } }));
  }

  /** Events that came. */
  async #append(events: readonly Json[]): Promise<void> {
    const before = this.#state.lab;
    try {
      const [piece] = await Promise.all([this.#reader?.ask('append', { events }), this.#runner?.ask('append', { events })]);
      if (piece != null && before !== null && this.#state.lab === before) this.#take(piece);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (this.#state.lab === before) this.set({ link: { status: 'tampered', detail } });
      throw error;
    }
  }

  /** Opens a bundle, replays and proves it. What is wrong with it is shown. */
  async open(bytes: Uint8Array): Promise<void> {
    this.#close();
    this.#bytes = bytes;
    this.set({ ...EMPTY, phase: 'opening', labs: this.#state.labs, violations: this.#state.violations });
    const reader = this.#newLine();
    const runner = this.#newLine();
    [this.#reader, this.#runner, this.#growing] = [reader, runner, new GrowingLab()];
    reader.onPiece = (piece) => this.#take(piece);
    runner.onProof = (proof) => this.set({ proof });
    try {
      const ask = { wasm: await this.#around.wasm(), identity: this.#around.identity };
      await Promise.all([reader.ask('dataplane', ask), runner.ask('dataplane', ask)]);
      await Promise.all([reader.ask('open', { bytes, outlines: true }), runner.ask('open', { bytes, outlines: false })]);
      if (this.#reader !== reader) return;
      this.set({ isReading: false });
      this.#arrive();
      await runner.ask('prove', null);
    } catch (error) {
      if (this.#reader === reader) this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#close();
    const { labs, violations } = this.#state;
    this.set({ ...EMPTY, labs, violations, trouble: error instanceof Error ? error.message : String(error) });
  }

  #newLine(): WorkerLine {
    const line = new WorkerLine(this.#around.newWorker());
    line.onViolation = (directive) => this.set({ violations: [...this.#state.violations, `worker: ${directive}`] });
    return line;
  }

  #close(): void {
    this.stop();
    clearTimeout(this.#rest);
    this.#following?.end();
    this.#following = null;
    this.#reader?.end();
    this.#runner?.end();
    [this.#reader, this.#runner] = [null, null];
  }

  /** Shows more of the lab. A cursor at the end stays at the end; any other stays where it is. */
  #take(piece: LabPiece): void {
    const before = this.#state.lab;
    const lab = this.#growing.take(piece);
    if (before === null) {
      this.#begun(lab);
      return;
    }
    const { cursor } = this.#state;
    this.set(grownTo(lab, this.#state));
    if (this.#wanted !== null) this.#arrive();
    else if (cursor === before.positions) this.moveTo(lab.positions);
  }

  /** The first piece of a lab: it is read so far, and can be looked at. */
  #begun(lab: OpenedLab): void {
    const asked = readAddress(this.#around.fragment());
    const address = asked?.lab === lab.lab ? asked : null;
    this.set(begunWith(lab, address));
    this.moveTo(lab.positions);
    this.#wanted = address?.position ?? null;
    this.#wantedOther = address?.other ?? null;
    this.#arrive();
  }

  /** Goes where the address says, as soon as the lab is read so far; at the latest to its end. */
  #arrive(): void {
    const { lab, isReading } = this.#state;
    const isThere = (position: number): boolean => !isReading || position <= (lab?.positions ?? 0);
    if (this.#wantedOther !== null && isThere(this.#wantedOther)) this.setOther(this.#wantedOther);
    if (this.#wanted !== null && isThere(this.#wanted)) this.moveTo(this.#wanted);
  }

  // ── Moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves the cursor; beyond an end is that end. */
  moveTo(position: number): void {
    const { lab, view, reach } = this.#state;
    if (lab === null) return;
    this.#wanted = null;
    const cursor = Math.min(Math.max(Math.round(position), 1), lab.positions);
    const key = view.axis === 'time' ? (lab.events.atNs[cursor - 1] ?? 0) : cursor;
    this.set({ cursor, view: showing(view, key, reach), derived: NONE, why: NONE, frames: NONE, frame: -1 });
    this.#inquiries.recorded.want(cursor);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#inquiries.atRest(), REST_MS);
    this.#say();
  }

  /** Moves to the last event at or before a time. */
  moveToTime(atNs: number): void {
    const { lab } = this.#state;
    if (lab !== null) this.moveTo(positionAt(lab, atNs));
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
    this.#inquiries.atRest();
    this.#say();
  }

  /** Sets the other cursor, to compare with; null takes it away. */
  setOther(other: number | null): void {
    const end = this.#state.lab?.positions ?? 0;
    const isThere = other !== null && other >= 1 && other <= end;
    this.#wantedOther = null;
    this.set({ other: isThere ? other : null, otherRecorded: NONE });
    if (isThere) this.#inquiries.otherRecorded.want(other);
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
    this.#inquiries.atRest();
  }

  setFramesNs(framesNs: number): void {
    this.set({ framesNs, frames: NONE, frame: -1 });
    this.#inquiries.atRest();
  }

  /** Number of a node's lane; 0 for the lab's own. */
  laneOf(node: string | null): number {
    return node === null ? -1 : (this.#state.lab?.nodes.findIndex(({ name }) => name === node) ?? -1) + 1;
  }

  rows(from: number, to: number): Promise<readonly EventRow[]> {
    return this.#reader?.ask('rows', { from, to }) ?? Promise.resolve([]);
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
