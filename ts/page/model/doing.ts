/** What one does with a lab in the page: fork it, compare, take it away. Forks are played by the worker, and change nothing elsewhere. */
import type { ForkAsked } from '../ask/do-questions.ts';
import type { Json } from '../ask/questions.ts';
import type { WorkerLine } from '../ask/worker-line.ts';
import type { Tab } from './address.ts';
import { NONE } from './answer.ts';
import type { Comparison, DoingState, Draft } from './doing-state.ts';
import type { AskingPage } from './inquiries.ts';
import { Latest } from './latest.ts';
import { laneIn, type PageState } from './page-state.ts';

/** The page, as far as one does something with its lab. */
export interface DoingPage {
  readonly state: PageState;
  readonly set: (change: Partial<PageState>) => void;
  readonly open: (bytes: Uint8Array, kept: Partial<PageState>, layout: Promise<Json | null>) => Promise<boolean>;
  readonly openLiving: (lab: string, kept: Partial<PageState>, fallback: Uint8Array) => Promise<boolean>;
  readonly show: (tab: Tab) => void;
  readonly select: (selected: string | null) => void;
  readonly moveTo: (position: number) => void;
  readonly moveToTime: (atNs: number) => void;
}

export class Doing {
  readonly #page: DoingPage;
  readonly #workers: Pick<AskingPage, 'reader' | 'runner'>;

  constructor(page: DoingPage, workers: Pick<AskingPage, 'reader' | 'runner'>) {
    this.#page = page;
    this.#workers = workers;
  }

  get state(): DoingState {
    return this.#page.state.doing;
  }

  set(change: Partial<DoingState>): void {
    this.#page.set({ doing: { ...this.state, ...change } });
  }

  // ── Typing ────────────────────────────────────────────────────────────────────────────────────────────────────────

  type(typed: Partial<Draft>): void {
    this.set({ draft: { ...this.state.draft, ...typed } });
    const text = typed.command ?? typed.run;
    if (text !== undefined) this.#completions.want(text);
  }

  readonly #completions = new Latest<string>(async (text) => {
    const cut = text.lastIndexOf(';') + 1;
    const lines = await this.#workers
      .reader()
      ?.ask('complete', { text: text.slice(cut) })
      .catch(() => []);
    this.set({ completions: (lines ?? []).map((line) => (cut === 0 ? line : `${text.slice(0, cut)} ${line}`)) });
  });

  /** Asks what was done to the lab, and what it has, where that is not known yet. */
  askTerms(): void {
    if (this.state.steps.status === 'none') this.#terms.want(null);
  }

  readonly #terms = new Latest<null>(async () => {
    const reader = this.#workers.reader();
    if (reader === null || this.state.steps.status !== 'none') return;
    try {
      const asked = [reader.ask('steps', null), reader.ask('interfaces', null), reader.ask('pace', null)] as const;
      const [value, interfaces, pacePermille] = await Promise.all(asked);
      if (this.#workers.reader() === reader) this.set({ interfaces, pacePermille, steps: { status: 'there', of: '', value } });
    } catch (error) {
      if (this.#workers.reader() === reader) this.set({ steps: { status: 'failed', of: '', message: messageOf(error) } });
    }
  });

  // ── Forks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Forks the lab at the cursor, as it is typed, and compares. */
  async fork(): Promise<void> {
    const runner = this.#workers.runner();
    const { cursor: position, lab, link, code } = this.#page.state;
    if (runner === null || lab === null) return;
    const { set, run, without } = this.state.draft;
    const asked: ForkAsked = { position, set: partsOf(set), run: partsOf(run), without: partsOf(without) };
    const of = `${lab.lab}@${position}`;
    if (asked.set.length + asked.run.length + asked.without.length === 0) {
      this.set({ fork: { status: 'failed', of, message: 'A fork needs a setting, a command, or a step that is left out.' } });
      return;
    }
    this.set({ fork: { status: 'asked', of } });
    try {
      const told = await runner.ask('fork', asked);
      if (this.#workers.runner() !== runner) return;
      const living = link.status === 'live' ? lab.lab : null;
      this.set({ fork: { status: 'there', of, value: { told, shows: 'original', living, code } } });
    } catch (error) {
      if (this.#workers.runner() === runner) this.set({ fork: { status: 'failed', of, message: messageOf(error) } });
    }
  }

  /** Shows the fork, or its original. @param position null for the time that is shown */
  async showSide(side: Comparison['shows'], position: number | null): Promise<void> {
    const { fork } = this.state;
    if (fork.status !== 'there') return;
    const before = this.#page.state;
    const { told, shows, living, code } = fork.value;
    if (shows !== side) {
      const doing: DoingState = { ...this.state, steps: NONE, fork: { ...fork, value: { ...fork.value, shows: side } } };
      // Both have the same nodes, so that nothing in the picture moves.
      const layout = Promise.resolve((before.laidOut?.layout ?? null) as Json | null);
      const isShown =
        side === 'fork'
          ? await this.#page.open(told.fork, { doing, code: told.code ?? '' }, layout)
          : living !== null
            ? await this.#page.openLiving(living, { doing }, told.original)
            : await this.#page.open(told.original, { doing, code }, layout);
      if (!isShown) return;
    }
    this.#showAgain(before, position);
  }

  /** The same tab and node as before, at a position, or at the time that was shown. */
  #showAgain({ lab, cursor, tab, selected }: PageState, position: number | null): void {
    this.#page.show(tab);
    this.#page.select(laneIn(this.#page.state, selected) > 0 ? selected : null);
    if (position === null) this.#page.moveToTime(lab?.events.atNs[cursor - 1] ?? 0);
    else this.#page.moveTo(position);
  }

  // ── Taking away ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** The lab as far as it came, as a bundle. */
  async bundle(): Promise<Uint8Array | null> {
    return (await this.#workers.reader()?.ask('bundle', null)) ?? null;
  }

  /** What passed the interface that is chosen, or all of them, as pcapng. Null where that cannot be: the note says why. */
  capture(): Promise<Uint8Array | null> {
    const { captured } = this.state.draft;
    const interfaces = captured === '' ? [] : [captured];
    return this.#taken('Re-executing with the ports watched…', (runner) => runner.ask('capture', { interfaces }));
  }

  /** What happened, with the picture that is shown, as one page. Null where that cannot be: the note says why. */
  report(): Promise<string | null> {
    const { cursor: position } = this.#page.state;
    return this.#taken('Re-executing without each cause…', (runner) => runner.ask('report', { position }));
  }

  async #taken<T>(meanwhile: string, take: (runner: WorkerLine) => Promise<T>): Promise<T | null> {
    const runner = this.#workers.runner();
    if (runner === null) return null;
    this.set({ note: meanwhile });
    try {
      const taken = await take(runner);
      this.set({ note: '' });
      return taken;
    } catch (error) {
      if (this.#workers.runner() === runner) this.set({ note: messageOf(error) });
      return null;
    }
  }

  /** Puts the lab into the address. */
  async link(): Promise<void> {
    const code = await this.#workers.reader()?.ask('code', null);
    if (code == null) {
      this.set({ note: 'The lab does not fit into an address of 4,000 characters. A bundle has no such limit.' });
      return;
    }
    this.#page.set({ code });
    this.#page.moveTo(this.#page.state.cursor);
    this.set({ note: 'The address in the browser has the lab now: whoever opens it sees this moment.' });
  }
}

function partsOf(text: string): readonly string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
