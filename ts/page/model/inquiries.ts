/** What the page asks its workers about the moment that it shows. Of each question only the newest counts. */
import type { EventRow } from '../ask/event-row.ts';
import type { Json } from '../ask/questions.ts';
import type { WorkerLine } from '../ask/worker-line.ts';
import type { Answer } from './answer.ts';
import { Latest } from './latest.ts';
import type { PageState, Pictured, Why } from './page-state.ts';
import { RecordedStates } from './recorded-states.ts';

/** The page, as far as questions need it. */
export interface AskingPage {
  readonly state: () => PageState;
  readonly set: (change: Partial<PageState>) => void;
  readonly reader: () => WorkerLine | null;
  readonly runner: () => WorkerLine | null;
  readonly rows: (from: number, to: number) => Promise<readonly EventRow[]>;
}

/** So much of the time behind an event is looked at for frames, ns, and so many are shown. */
const FLIGHT_NS = 20_000_000;
const FLIGHTS_MAX = 60;

type AnswerKey = 'recorded' | 'otherRecorded' | 'derived' | 'why' | 'frames';

export class Inquiries {
  readonly #page: AskingPage;

  constructor(page: AskingPage) {
    this.#page = page;
  }

  readonly recorded = new Latest<number>(async (position) => {
    const isCurrent = (): boolean => this.#page.state().cursor === position;
    await this.#fill('recorded', String(position), isCurrent, () => this.#askRecorded(position));
    const [line] = await this.#page.rows(position, position).catch(() => []);
    if (isCurrent()) this.#page.set({ line: line ?? null });
  });
  readonly otherRecorded = new Latest<number>((position) =>
    this.#fill(
      'otherRecorded',
      String(position),
      () => this.#page.state().other === position,
      () => this.#askRecorded(position),
    ),
  );
  readonly #derived = new Latest<number>((position) =>
    this.#fill(
      'derived',
      String(position),
      () => this.#page.state().cursor === position,
      () => this.#page.runner()?.ask('derived', { position }),
    ),
  );
  /** Of the lab as far as it is proven; asked again when more is. */
  readonly rates = new Latest<WorkerLine>(async (runner) => {
    const rates = await runner.ask('flows', null).catch(() => null);
    if (this.#page.runner() === runner) this.#page.set({ rates });
  });
  #isFinding = false;
  readonly #recorded = new WeakMap<WorkerLine, RecordedStates>();
  readonly #pictures = new WeakMap<WorkerLine, Map<string, string>>();
  readonly #recordedPicture = new Latest<number>((position) => this.#draw(this.#page.reader(), position, false));
  readonly #derivedPicture = new Latest<number>((position) => this.#draw(this.#page.runner(), position, true));
  readonly #why = new Latest<{ readonly position: number; readonly asked: Why }>(({ position, asked }) =>
    this.#fill(
      'why',
      JSON.stringify([asked, position]),
      () => this.#page.state().asked === asked && this.#page.state().cursor === position,
      () => explained(this.#page.runner(), asked, position),
    ),
  );
  readonly #frames = new Latest<{ readonly position: number; readonly atNs: number; readonly lengthNs: number }>(
    ({ position, atNs, lengthNs }) =>
      this.#fill(
        'frames',
        `${position} ${lengthNs}`,
        () => this.#page.state().cursor === position && this.#page.state().framesNs === lengthNs,
        () => this.#page.runner()?.ask('frames', { fromNs: Math.max(0, atNs - lengthNs / 2), toNs: atNs + lengthNs / 2 }),
      ),
  );

  /** Asks what the tab that is shown needs and is not there yet. While a lab is read, the worker that re-executes it may not have it yet. */
  atRest(): void {
    const {
      lab,
      isReading,
      cursor: position,
      tab,
      asked,
      derived,
      why,
      frames,
      framesNs: lengthNs,
      laidOut,
      pictured,
    } = this.#page.state();
    if (lab === null || isReading) return;
    if (derived.status === 'none') this.#derived.want(position);
    if (laidOut !== null && !isDrawn(pictured, position, true)) this.#derivedPicture.want(position);
    if (tab === 'why' && why.status === 'none') this.#why.want({ position, asked });
    if (tab === 'frames' && frames.status === 'none')
      this.#frames.want({ position, atNs: lab.events.atNs[position - 1] ?? 0, lengthNs });
  }

  /** Lays the lab out, as is given or in columns, and shows its picture: from then on nothing in it moves. */
  async layOut(layout: Promise<Json | null>): Promise<void> {
    const [reader, runner] = [this.#page.reader(), this.#page.runner()];
    const given = await layout.catch(() => null);
    const asked = [reader, runner].map((line) => line?.ask('layOut', { given }));
    const [laidOut] = await Promise.all(asked).catch(() => []);
    if (laidOut === undefined || this.#page.reader() !== reader) return;
    this.#page.set({ laidOut });
    this.draw();
    this.atRest();
  }

  /** Draws what is recorded at the cursor. */
  draw(): void {
    const { laidOut, cursor } = this.#page.state();
    if (laidOut !== null) this.#recordedPicture.want(cursor);
  }

  /** Looks for frames that ports send, or that die, in the time behind the event at the cursor. @returns false where there are none */
  async findFlights(): Promise<boolean> {
    const { lab, cursor } = this.#page.state();
    const [fromNs, nextNs] = [lab?.events.atNs[cursor - 1] ?? 0, lab?.events.atNs[cursor] ?? 0];
    // A runner that still looks behind an earlier event would only fall further behind.
    if (nextNs <= fromNs || this.#isFinding) return false;
    this.#isFinding = true;
    try {
      const found = await this.#page.runner()?.ask('frames', { fromNs, toNs: Math.min(nextNs - 1, fromNs + FLIGHT_NS) });
      const flights = (found?.frames ?? []).filter(({ kind }) => kind !== 'received').slice(0, FLIGHTS_MAX);
      if (this.#page.state().cursor !== cursor || !this.#page.state().isPlaying) return false;
      this.#page.set({ flights });
      return flights.length > 0;
    } finally {
      this.#isFinding = false;
    }
  }

  /** Takes what changed of a worker's picture, and shows it unless the cursor has gone on, or more is shown of the moment already. */
  async #draw(line: WorkerLine | null, position: number, isDerived: boolean): Promise<void> {
    const changes = await line?.ask('picture', { position, isDerived }).catch(() => null);
    if (line === null || changes == null) return;
    const parts = this.#pictures.get(line) ?? new Map<string, string>();
    this.#pictures.set(line, parts);
    for (const [name, text] of changes) {
      if (text === '') parts.delete(name);
      else parts.set(name, text);
    }
    const { cursor, pictured } = this.#page.state();
    if (cursor !== position || (!isDerived && isDrawn(pictured, position, true))) return;
    this.#page.set({ pictured: { position, isDerived, parts: new Map(parts) } });
  }

  /** Every answer is taken, wanted or not: the next one tells only what is other than in it. */
  async #askRecorded(position: number): Promise<Json | undefined> {
    const reader = this.#page.reader();
    if (reader === null) return undefined;
    const states = this.#recorded.get(reader) ?? new RecordedStates();
    this.#recorded.set(reader, states);
    return states.with(await reader.ask('recorded', { position }));
  }

  /** Keeps the old answer in sight until the new one is there. @param isCurrent false once something else is wanted: then the answer is dropped */
  async #fill<T>(key: AnswerKey, of: string, isCurrent: () => boolean, ask: () => Promise<T> | undefined): Promise<void> {
    if (this.#page.state()[key].status !== 'there') this.#page.set({ [key]: { status: 'asked', of } });
    try {
      const value = await ask();
      if (value !== undefined && isCurrent()) this.#page.set({ [key]: { status: 'there', of, value } satisfies Answer<T> });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (isCurrent()) this.#page.set({ [key]: { status: 'failed', of, message } });
    }
  }
}

function explained(runner: WorkerLine | null, asked: Why, position: number): Promise<Json> | undefined {
  switch (asked.of) {
    case 'flow':
      return runner?.ask('explainFlow', { flow: asked.flow });
    case 'mac':
      return runner?.ask('mac', { mac: asked.mac });
    case 'event':
      return runner?.ask('explain', { position });
  }
}

/** Whether a position's picture is shown, drawn from the same state. */
function isDrawn(pictured: Pictured | null, position: number, isDerived: boolean): boolean {
  return pictured?.position === position && pictured.isDerived === isDerived;
}
