/** What the page asks its workers about the moment that it shows. Of each question only the newest counts. */
import type { EventRow } from '../ask/event-row.ts';
import type { WorkerLine } from '../ask/worker-line.ts';
import type { Answer } from './answer.ts';
import { Latest } from './latest.ts';
import type { PageState, Why } from './page-state.ts';

/** The page, as far as questions need it. */
export interface AskingPage {
  readonly state: () => PageState;
  readonly set: (change: Partial<PageState>) => void;
  readonly reader: () => WorkerLine | null;
  readonly runner: () => WorkerLine | null;
  readonly rows: (from: number, to: number) => Promise<readonly EventRow[]>;
}

type AnswerKey = 'recorded' | 'otherRecorded' | 'derived' | 'why' | 'frames';

export class Inquiries {
  readonly #page: AskingPage;

  constructor(page: AskingPage) {
    this.#page = page;
  }

  readonly recorded = new Latest<number>(async (position) => {
    const isCurrent = (): boolean => this.#page.state().cursor === position;
    await this.#fill('recorded', String(position), isCurrent, () => this.#page.reader()?.ask('recorded', { position }));
    const [line] = await this.#page.rows(position, position).catch(() => []);
    if (isCurrent()) this.#page.set({ line: line ?? null });
  });
  readonly otherRecorded = new Latest<number>((position) =>
    this.#fill(
      'otherRecorded',
      String(position),
      () => this.#page.state().other === position,
      () => this.#page.reader()?.ask('recorded', { position }),
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
  readonly #why = new Latest<{ readonly position: number; readonly asked: Why }>(({ position, asked }) =>
    this.#fill(
      'why',
      asked.of === 'flow' ? asked.flow : String(position),
      () => this.#page.state().asked === asked && this.#page.state().cursor === position,
      () =>
        asked.of === 'flow'
          ? this.#page.runner()?.ask('explainFlow', { flow: asked.flow })
          : this.#page.runner()?.ask('explain', { position }),
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

  /** Asks what the tab that is shown needs and is not there yet. */
  atRest(): void {
    const { lab, cursor: position, tab, asked, derived, why, frames, framesNs: lengthNs } = this.#page.state();
    if (lab === null) return;
    if (derived.status === 'none') this.#derived.want(position);
    if (tab === 'why' && why.status === 'none') this.#why.want({ position, asked });
    if (tab === 'frames' && frames.status === 'none')
      this.#frames.want({ position, atNs: lab.events.atNs[position - 1] ?? 0, lengthNs });
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
