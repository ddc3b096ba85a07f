/**
 * The page without its looks: what is shown, and everything that can be done. One cursor rules: whatever moves it changes tree, inspector and
 * time line together. Recorded state follows it at once; what takes a re-execution is asked when it rests.
 */
import type { EventRow } from '../ask/event-row.ts';
import type { Json, Questions } from '../ask/questions.ts';
import { WorkerLine } from '../ask/worker-line.ts';
import { type Axis, reachOf, showing, type View, whole } from '../timeline/view.ts';
import type { Address, Tab } from './address.ts';
import { AddressBar } from './address-bar.ts';
import { Admission } from './admission.ts';
import { NONE } from './answer.ts';
import { Commanding } from './commanding.ts';
import { Doing, messageOf } from './doing.ts';
import { Following, TokenRefused } from './follow.ts';
import { type AskingPage, Inquiries } from './inquiries.ts';
import { bundleOfLink } from './open-link.ts';
import { closed, EMPTY, type PageState, type Why } from './page-state.ts';
import { Player } from './player.ts';
import { lastAtOrBefore } from './positions.ts';
import { Reading, type ReadingPage } from './reading.ts';
import type { Surroundings } from './surroundings.ts';
import { resized } from './zoom.ts';

/** How long the cursor has to rest before anything is re-executed for it, ms. */
const REST_MS = 120;
/** A lab that nobody has laid out. */
const NO_LAYOUT: Promise<Json | null> = Promise.resolve(null);

export class Page {
  readonly #around: Surroundings;
  readonly #address: AddressBar;
  readonly doing: Doing;
  readonly commanding: Commanding;
  readonly admission: Admission;
  readonly #listeners = new Set<() => void>();
  readonly #asking: AskingPage = {
    state: () => this.#state,
    set: (change) => this.set(change),
    reader: () => this.#reader,
    runner: () => this.#runner,
    rows: (from, to) => this.rows(from, to),
  };
  readonly #inquiries = new Inquiries(this.#asking);
  readonly #readingPage: ReadingPage = {
    ...this.#asking,
    moveTo: (position) => this.moveTo(position),
    setOther: (position) => this.setOther(position),
    addressOf: ({ lab }) => this.#address.readOf(lab),
  };
  #reading = new Reading(this.#readingPage);
  readonly #player = new Player(
    () => {
      this.step(1);
      return this.#state.cursor < (this.#state.lab?.positions ?? 0);
    },
    async () => !this.#around.isCalm() && (await this.#inquiries.findFlights()),
  );
  #state: PageState = EMPTY;
  #reader: WorkerLine | null = null;
  #runner: WorkerLine | null = null;
  #following: Following | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#address = new AddressBar(this.#asking.state, around);
    this.doing = new Doing(this, this.#asking);
    this.admission = new Admission(this, around.server);
    this.commanding = new Commanding({ state: this.#asking.state, doing: this.doing, server: around.server, token: around.token });
  }

  get state(): PageState {
    return this.#state;
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

  /** What the page does first: it opens the lab of the address, and with a server lists all. */
  async begin(): Promise<void> {
    const asked = this.#address.read();
    if (asked !== null) await this.#openAt(asked);
    await this.listLabs();
  }

  /** Somebody wrote another address than the page did: another lab is opened, and of this one its moment is shown. */
  readdress(): void {
    const [asked, { lab }] = [this.#address.readOfOthers(), this.#state];
    if (asked === null) return;
    if (lab === null || this.#address.readOf(lab.lab) === null) {
      void this.#openAt(asked);
      return;
    }
    this.set({ selected: asked.selected, tab: asked.tab });
    this.setAxis(asked.axis);
    this.setOther(asked.other);
    if (asked.position !== null) this.moveTo(asked.position);
  }

  #openAt({ lab, code }: Address): Promise<unknown> {
    return lab === '' ? this.openLink(code) : this.openLiving(lab);
  }

  /** Opens the lab that stands in a link. @param code what stands behind "#lab=" */
  async openLink(code: string): Promise<void> {
    const line = this.#opening({ code });
    try {
      const { bytes, link } = await bundleOfLink(line, await this.#engine(), code);
      if (this.#reader !== line) return;
      await this.open(bytes, { code, link });
    } catch (error) {
      if (this.#reader === line) this.fail(error);
    }
  }

  async listLabs(): Promise<void> {
    try {
      const { server, rules } = this.#around;
      this.set({ rules: await rules(), labs: (await server?.labs()) ?? null, locked: null });
    } catch (error) {
      if (this.#state.phase === 'empty') this.fail(error);
    }
  }

  /**
   * Opens a lab of the server, and follows it: each event that comes is re-executed, too. What was open is left before the server is asked:
   * until it answers, nothing of that writes its address over the one that was asked for.
   * @param fallback what is opened where the server does not answer; null for a message. @returns as "open"
   */
  async openLiving(lab: string, kept: Partial<PageState> = {}, fallback: Uint8Array | null = null): Promise<boolean> {
    const { server } = this.#around;
    if (server === null) return false;
    const line = this.#opening(kept);
    try {
      const bytes = await server.bundle(lab).catch((error: unknown) => fallback ?? Promise.reject(error));
      if (this.#reader !== line || !(await this.open(bytes, kept, server.layout(lab)))) return false;
    } catch (error) {
      if (this.#reader === line) this.fail(error);
      return false;
    }
    const from = (this.#state.lab?.positions ?? 0) + 1;
    const append = (events: readonly Json[]): Promise<void> => this.#append(events);
    this.#following = new Following(server, lab, from, append, (status) => this.set({ link: { status, detail: '' } }));
    return true;
  }

  /** Events that came. */
  async #append(events: readonly Json[]): Promise<void> {
    const before = this.#state.lab;
    try {
      const [piece] = await Promise.all([this.#reader?.ask('append', { events }), this.#runner?.ask('append', { events })]);
      if (piece == null || before === null || this.#state.lab !== before) return;
      this.doing.set({ steps: NONE });
      this.#reading.take(piece);
    } catch (error) {
      if (this.#state.lab === before) this.set({ link: { status: 'tampered', detail: messageOf(error) } });
      throw error;
    }
  }

  /** Leaves what is open. @returns a line to the reader of what comes, which `#reader` is until something else is opened */
  #opening(kept: Partial<PageState>): WorkerLine {
    this.#close();
    this.set({ ...closed(this.#state), phase: 'opening', ...kept });
    this.#reader = this.#newLine();
    return this.#reader;
  }

  /**
   * Opens a bundle, replays and proves it. What is wrong with it is shown.
   * @param kept of the state, which else begins anew. @param layout of its picture, where somebody has one
   * @returns false where something else is shown by then, or what is wrong
   */
  async open(bytes: Uint8Array | Blob, kept: Partial<PageState> = {}, layout = NO_LAYOUT): Promise<boolean> {
    const reader = this.#opening(kept);
    const runner = this.#newLine();
    [this.#runner, this.#reading] = [runner, new Reading(this.#readingPage)];
    reader.onPiece = (piece) => this.#reading.take(piece);
    runner.onProof = (proof) => {
      this.set({ proof });
      if (proof.status !== 'running') this.#inquiries.rates.want(runner);
    };
    try {
      const read = reader.ask('open', { bytes, outlines: true });
      await Promise.race([this.#reading.begun, read]);
      const ask = await this.#engine();
      const engines = [reader.ask('dataplane', ask), runner.ask('dataplane', ask)];
      await Promise.all([read, ...engines, runner.ask('open', { bytes, outlines: false })]);
      if (this.#reader !== reader) return false;
      this.#reading.end();
      this.#inquiries.atRest();
      void this.#inquiries.layOut(layout);
      await runner.ask('prove', null);
    } catch (error) {
      if (this.#reader === reader) this.fail(error);
    }
    return this.#reader === reader;
  }

  fail(error: unknown): void {
    this.#close();
    this.set({ ...closed(this.#state), ...(error instanceof TokenRefused ? { locked: '' } : { trouble: messageOf(error) }) });
  }

  async #engine(): Promise<Questions['dataplane']['ask']> {
    return { wasm: await this.#around.wasm(), identity: this.#around.identity };
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

  // ── Moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves the cursor; beyond an end is that end. */
  moveTo(position: number): void {
    const { lab, view, reach } = this.#state;
    if (lab === null) return;
    const cursor = Math.min(Math.max(Math.round(position), 1), lab.positions);
    const key = view.axis === 'time' ? (lab.events.atNs[cursor - 1] ?? 0) : cursor;
    this.set({ cursor, view: showing(view, key, reach), derived: NONE, why: NONE, frames: NONE, frame: -1 });
    this.#inquiries.recorded.want(cursor);
    this.#inquiries.draw();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#inquiries.atRest(), REST_MS);
    this.#address.write();
  }

  /** Moves to the last event at or before a time. */
  moveToTime(atNs: number): void {
    const { lab } = this.#state;
    if (lab !== null) this.moveTo(lastAtOrBefore(lab.events.atNs, lab.positions, atNs));
  }

  step(by: number): void {
    this.moveTo(this.#state.cursor + by);
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
    void this.#player.play().then((isOver) => isOver && this.stop());
  }

  stop(): void {
    this.#player.stop();
    if (this.#state.isPlaying) this.set({ isPlaying: false, flights: [] });
  }

  // ── Choosing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  select(selected: string | null): void {
    this.set({ selected });
    this.#address.write();
  }

  show(tab: Tab): void {
    this.set({ tab });
    this.#inquiries.atRest();
    this.#address.write();
  }

  /** Sets the other cursor, to compare with; null takes it away. */
  setOther(other: number | null): void {
    const end = this.#state.lab?.positions ?? 0;
    const isThere = other !== null && other >= 1 && other <= end;
    this.set({ other: isThere ? other : null, otherRecorded: NONE });
    if (isThere) this.#inquiries.otherRecorded.want(other);
    this.#address.write();
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

  /** Shows the picture larger (1) or smaller (-1); from "as large as its place allows", its own size is where this begins. */
  zoomPicture(direction: 1 | -1): void {
    this.set({ zoom: resized(this.#state.zoom, direction) });
  }

  setFramesNs(framesNs: number): void {
    this.set({ framesNs, frames: NONE, frame: -1 });
    this.#inquiries.atRest();
  }

  /** The picture at the cursor as a file. @throws Refused */
  svg(): Promise<string> {
    return this.#runner?.ask('svg', { position: this.#state.cursor }) ?? Promise.reject(new Error('no lab is open'));
  }

  rows(from: number, to: number): Promise<readonly EventRow[]> {
    return this.#reader?.ask('rows', { from, to }) ?? Promise.resolve([]);
  }
}
