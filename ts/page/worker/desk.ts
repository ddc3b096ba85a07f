/** Answers the page's questions about one lab at a time. It knows no worker: what it has to say on its own goes to `notice`. */
import type { NewEngine } from '../../debug/rerun.ts';
import { Engine } from '../../engine/engine.ts';
import type { Position } from '../../model/events/events.ts';
import { reportText } from '../../picture/report.ts';
import { PICTURE_STYLE } from '../../picture/style.ts';
import { reportParts } from '../../services/picture/report-parts.ts';
import { lineOf } from '../../services/publish/describe-event.ts';
import type { EventRow } from '../ask/event-row.ts';
import type { Json, LabPiece, PictureChanges, Proof, QuestionName, Questions } from '../ask/questions.ts';
import { captured, interfacesOf } from '../do/capture.ts';
import { eventRow } from '../do/event-row.ts';
import { fork } from '../do/fork.ts';
import { completed, paceOf, stepsOf } from '../do/steps.ts';
import { readLink, writeLink } from '../link/link-text.ts';
import { linkedLab } from '../link/linked-lab.ts';
import { packed } from '../link/packed.ts';
import { playLink } from '../link/play-link.ts';
import { gunzipped } from './gunzipped.ts';
import { Outline } from './outline.ts';
import { Picturing } from './picturing.ts';
import { ProofRun } from './proof.ts';
import { recordOf } from './published.ts';
import { RecordedLists } from './recorded-lists.ts';
import { Recording } from './recording.ts';
import { Runner, recordedJson } from './runner.ts';

/** Lines of the list in one answer. */
const ROWS_MAX = 500;
/** Wall-clock time between two notices, ms: whoever gets them draws each. */
const NOTICE_MS = 100;

type Answers = {
  readonly [Q in QuestionName]: (ask: Questions[Q]['ask']) => Questions[Q]['answer'] | Promise<Questions[Q]['answer']>;
};

/** A clock and a way to let others go first; both say only how the work is cut, never what comes out. */
export interface Slicing {
  readonly nowMs: () => number;
  readonly pause: () => Promise<void>;
}

/** What a desk says on its own. */
export interface Notices {
  readonly proof: (proof: Proof) => void;
  readonly piece: (piece: LabPiece) => void;
}

export class Desk {
  readonly #slicing: Slicing;
  readonly #notice: Notices;
  #module: WebAssembly.Module | null = null;
  #identity = '';
  #isProving = false;
  #recording: Recording | null = null;
  /** Of a reader. */
  #outline: Outline | null = null;
  /** Ends when the bundle is read: what re-executes it needs all of it. */
  #reading: Promise<unknown> = Promise.resolve();
  #proof: ProofRun | null = null;
  #rerunning: Runner | null = null;
  #picturing: Picturing | null = null;
  readonly #lists = new RecordedLists();

  constructor(slicing: Slicing, notice: Notices) {
    this.#slicing = slicing;
    this.#notice = notice;
  }

  /** @throws whatever the question throws: BundleDamaged, RangeError … */
  async answer<Q extends QuestionName>(question: Q, ask: Questions[Q]['ask']): Promise<Questions[Q]['answer']> {
    const answers: Answers[Q] = this.#answers[question];
    return await answers(ask);
  }

  readonly #answers: Answers = {
    dataplane: async ({ wasm, identity }) => {
      this.#module = await WebAssembly.compile(new Uint8Array(wasm));
      this.#identity = identity;
      return null;
    },
    open: async ({ bytes, outlines }) => {
      const reading = this.#read(bytes, outlines ? new Outline() : null);
      // Whoever asks while it reads is refused in the end; the refusal of the bundle itself goes to the one who gave it.
      this.#reading = reading.catch(() => undefined);
      await reading;
      return null;
    },
    link: ({ code }) => this.#link(code),
    append: ({ events }) => this.#append(events),
    fork: async (asked) => fork(await this.#whole(), asked, this.#newEngine()),
    steps: async () => stepsOf((await this.#whole()).recordsFrom(1)),
    complete: ({ text }) => completed(text, this.#opened().stateAt(1).lab),
    capture: async ({ interfaces }) => {
      const { lab, records } = await this.#whole();
      return captured(lab, records, interfaces, this.#newEngine());
    },
    report: ({ position }) => this.#report(position),
    pace: () => paceOf(this.#opened().records),
    interfaces: () => interfacesOf(this.#opened().records),
    bundle: async () => {
      const { lab, records } = await this.#whole();
      return packed(lab, records);
    },
    code: async () => {
      const { lab, records } = await this.#whole();
      return writeLink(linkedLab(lab, records));
    },
    prove: () => {
      void this.#prove();
      return null;
    },
    flows: () => this.#proofRun().flows(),
    rows: ({ from, to }) => this.#rows(from, to),
    find: ({ text, from, backwards }) => this.#find(text, from, backwards ? -1 : 1),
    recorded: ({ position }) => this.#lists.changesTo(recordedJson(this.#opened(), position)),
    derived: async ({ position }) => (await this.#run()).derivedJson(position),
    explain: async ({ position }) => (await this.#run()).explain(position),
    explainFlow: async ({ flow }) => (await this.#run()).explainFlow(flow),
    mac: async ({ mac }) => (await this.#run()).lifeOf(mac),
    layOut: async ({ given }) => {
      await this.#reading;
      return { layout: this.#pictures().layOut(given), style: PICTURE_STYLE };
    },
    picture: ({ position, isDerived }) => this.#picture(position, isDerived),
    svg: async ({ position }) => this.#pictures().file((await this.#run()).momentAt(position)),
    frames: async ({ fromNs, toNs }) => (await this.#run()).frames(fromNs, toNs),
  };

  /** Reads a bundle. The first piece goes out at once: what is in it can be looked at while the rest is read. */
  async #read(bytes: Uint8Array | Blob, outline: Outline | null): Promise<void> {
    [this.#recording, this.#outline, this.#proof, this.#rerunning, this.#picturing] = [null, outline, null, null, null];
    let toldMs = Number.NEGATIVE_INFINITY;
    for await (const recording of Recording.reading(gunzipped(bytes))) {
      this.#recording = recording;
      this.#draw(recording);
      if (this.#slicing.nowMs() - toldMs < NOTICE_MS) continue;
      this.#tell();
      toldMs = this.#slicing.nowMs();
      // Questions about what is there come in between.
      await this.#slicing.pause();
    }
    this.#tell();
  }

  /** Takes into the outline what it does not have yet. */
  #draw(recording: Recording): void {
    const outline = this.#outline;
    if (outline === null) return;
    for (const event of recording.events(outline.state.position + 1)) {
      outline.take(event);
      recording.remember(outline.state);
    }
  }

  #tell(): void {
    const piece = this.#piece();
    if (piece !== null) this.#notice.piece(piece);
  }

  /** What was drawn since the last piece; null for a desk that draws nothing. */
  #piece(): LabPiece | null {
    const { lab, end: positions, chain } = this.#opened();
    const piece = this.#outline?.piece();
    return piece === undefined ? null : { lab, from: positions - piece.events.atNs.length, positions, chain, ...piece };
  }

  async #link(code: string): Promise<Questions['link']['answer']> {
    const linked = await readLink(code);
    const { records, isSame } = playLink(linked, this.#newEngine());
    return { bytes: await packed(linked.lab, records), isSame };
  }

  async #report(position: Position): Promise<string> {
    const runner = await this.#run();
    const { lab, records, end } = this.#opened();
    const { state, ...moment } = runner.momentAt(position);
    const picture = this.#pictures().drawn({ state, ...moment });
    const flows = runner.momentAt(end).derived?.flows ?? [];
    const source = { lab, records, position, atNs: state.atNs, picture, flows, newEngine: this.#newEngine(), describe: lineOf };
    return reportText(reportParts(source, null));
  }

  #append(events: readonly Json[]): LabPiece | null {
    const recording = this.#opened();
    try {
      recording.append(events.map(recordOf));
    } finally {
      // What follows is proven also where something behind it does not.
      if (this.#proof?.extend() === true) void this.#prove();
      this.#draw(recording);
    }
    return this.#piece();
  }

  async #prove(): Promise<void> {
    if (this.#isProving) return;
    this.#isProving = true;
    const proof = this.#proofRun();
    let toldMs = Number.NEGATIVE_INFINITY;
    while (this.#proof === proof) {
      const isOver = proof.slice(this.#slicing.nowMs);
      if (isOver || this.#slicing.nowMs() - toldMs >= NOTICE_MS) {
        this.#notice.proof(proof.proof);
        toldMs = this.#slicing.nowMs();
      }
      if (isOver) break;
      await this.#slicing.pause();
    }
    this.#isProving = false;
  }

  #rows(from: number, to: number): EventRow[] {
    const rows: EventRow[] = [];
    const recording = this.#opened();
    const last = Math.min(to, from + ROWS_MAX - 1, recording.end);
    for (let position = Math.max(1, from); position <= last; position++) {
      const event = recording.eventAt(position);
      if (event === undefined) break;
      rows.push(eventRow(event));
    }
    return rows;
  }

  #find(text: string, from: number, step: 1 | -1): number {
    const recording = this.#opened();
    const { end } = recording;
    const wanted = text.toLowerCase();
    for (let steps = 1; steps <= end; steps++) {
      const position = ((((from - 1 + steps * step) % end) + end) % end) + 1;
      const event = recording.eventAt(position);
      if (event !== undefined && `${event.type} ${lineOf(event)}`.toLowerCase().includes(wanted)) return position;
    }
    return 0;
  }

  #opened(): Recording {
    if (this.#recording === null) throw new Error('no lab is open');
    return this.#recording;
  }

  /** The recording once its bundle is read to the end. */
  async #whole(): Promise<Recording> {
    await this.#reading;
    return this.#opened();
  }

  #newEngine(): NewEngine {
    const [module, identity] = [this.#module, this.#identity];
    if (module === null) throw new Error('the data plane comes first');
    return (options) => new Engine(module, { identity, ...options });
  }

  #proofRun(): ProofRun {
    this.#proof ??= new ProofRun(this.#opened(), this.#newEngine(), this.#identity);
    return this.#proof;
  }

  async #run(): Promise<Runner> {
    const recording = await this.#whole();
    this.#rerunning ??= new Runner(recording, this.#proofRun(), this.#newEngine());
    return this.#rerunning;
  }

  async #picture(position: number, isDerived: boolean): Promise<PictureChanges> {
    const moment = isDerived ? (await this.#run()).momentAt(position) : { state: this.#opened().lookAt(position), derived: null };
    return this.#pictures().changes(moment);
  }

  #pictures(): Picturing {
    this.#picturing ??= new Picturing(this.#opened());
    return this.#picturing;
  }
}
