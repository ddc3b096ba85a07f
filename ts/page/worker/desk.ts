/** Answers the page's questions about one lab at a time. It knows no worker: what it has to say on its own goes to `notice`. */
import type { NewEngine } from '../../debug/rerun.ts';
import { Engine } from '../../engine/engine.ts';
import type { Position } from '../../model/events/events.ts';
import { reportText } from '../../picture/report.ts';
import { PICTURE_STYLE } from '../../picture/style.ts';
import { reportParts } from '../../services/picture/report-parts.ts';
import { lineOf } from '../../services/publish/describe-event.ts';
import type { EventRow } from '../ask/event-row.ts';
import type { Json, OpenedLab, PictureChanges, Proof, QuestionName, Questions } from '../ask/questions.ts';
import { captured, interfacesOf } from '../do/capture.ts';
import { eventRow } from '../do/event-row.ts';
import { fork } from '../do/fork.ts';
import { completed, paceOf, stepsOf } from '../do/steps.ts';
import { readLink, writeLink } from '../link/link-text.ts';
import { linkedLab } from '../link/linked-lab.ts';
import { packed } from '../link/packed.ts';
import { playLink } from '../link/play-link.ts';
import { gunzipped } from './gunzipped.ts';
import { outlineOf } from './outline.ts';
import { Picturing } from './picturing.ts';
import { ProofRun } from './proof.ts';
import { recordOf } from './published.ts';
import { Recording } from './recording.ts';
import { Runner, recordedJson } from './runner.ts';

/** Lines of the list in one answer. */
const ROWS_MAX = 500;

type Answers = {
  readonly [Q in QuestionName]: (ask: Questions[Q]['ask']) => Questions[Q]['answer'] | Promise<Questions[Q]['answer']>;
};

/** A clock and a way to let others go first; both say only how the work is cut, never what comes out. */
export interface Slicing {
  readonly nowMs: () => number;
  readonly pause: () => Promise<void>;
}

export class Desk {
  readonly #slicing: Slicing;
  readonly #onProof: (proof: Proof) => void;
  #module: WebAssembly.Module | null = null;
  #identity = '';
  #isProving = false;
  #recording: Recording | null = null;
  #proof: ProofRun | null = null;
  #rerunning: Runner | null = null;
  #picturing: Picturing | null = null;

  constructor(slicing: Slicing, onProof: (proof: Proof) => void) {
    this.#slicing = slicing;
    this.#onProof = onProof;
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
    open: ({ bytes }) => this.#open(bytes),
    link: ({ code }) => this.#link(code),
    append: ({ events }) => this.#append(events),
    fork: (asked) => fork(this.#opened(), asked, this.#newEngine()),
    steps: () => stepsOf(this.#opened().records),
    complete: ({ text }) => completed(text, this.#opened().stateAt(1).lab),
    capture: ({ interfaces }) => captured(this.#opened().lab, this.#opened().records, interfaces, this.#newEngine()),
    report: ({ position }) => this.#report(position),
    pace: () => paceOf(this.#opened().records),
    interfaces: () => interfacesOf(this.#opened().records),
    bundle: () => packed(this.#opened().lab, this.#opened().records),
    code: () => writeLink(linkedLab(this.#opened().lab, this.#opened().records)),
    prove: () => {
      void this.#prove();
      return null;
    },
    rows: ({ from, to }) => this.#rows(from, to),
    find: ({ text, from, backwards }) => this.#find(text, from, backwards ? -1 : 1),
    recorded: ({ position }) => recordedJson(this.#opened(), position),
    derived: ({ position }) => this.#runner().derivedJson(position),
    explain: ({ position }) => this.#runner().explain(position),
    explainFlow: ({ flow }) => this.#runner().explainFlow(flow),
    layOut: ({ given }) => ({ layout: this.#pictures().layOut(given), style: PICTURE_STYLE }),
    picture: ({ position, isDerived }) => this.#picture(position, isDerived),
    svg: ({ position }) => this.#pictures().file(this.#runner().momentAt(position)),
    frames: ({ fromNs, toNs }) => this.#runner().frames(fromNs, toNs),
  };

  async #open(bytes: Uint8Array): Promise<OpenedLab> {
    this.#proof = null;
    this.#rerunning = null;
    this.#picturing = null;
    this.#recording = null;
    const recording = await Recording.read(gunzipped(bytes));
    const opened = openedLab(recording);
    this.#recording = recording;
    return opened;
  }

  async #link(code: string): Promise<Questions['link']['answer']> {
    const linked = await readLink(code);
    const { records, isSame } = playLink(linked, this.#newEngine());
    return { bytes: await packed(linked.lab, records), isSame };
  }

  #report(position: Position): string {
    const { lab, records, end } = this.#opened();
    const { state, ...moment } = this.#runner().momentAt(position);
    const picture = this.#pictures().drawn({ state, ...moment });
    const flows = this.#runner().momentAt(end).derived?.flows ?? [];
    const source = { lab, records, position, atNs: state.atNs, picture, flows, newEngine: this.#newEngine(), describe: lineOf };
    return reportText(reportParts(source, null));
  }

  #append(events: readonly Json[]): OpenedLab {
    const recording = this.#opened();
    this.#rerunning = null;
    try {
      recording.append(events.map(recordOf));
    } finally {
      // What follows is proven also where something behind it does not.
      if (this.#proof?.extend() === true) void this.#prove();
    }
    return openedLab(recording);
  }

  async #prove(): Promise<void> {
    if (this.#isProving) return;
    this.#isProving = true;
    const proof = this.#proofRun();
    while (this.#proof === proof) {
      const isOver = proof.slice(this.#slicing.nowMs);
      this.#onProof(proof.proof);
      if (isOver) break;
      await this.#slicing.pause();
    }
    this.#isProving = false;
  }

  #rows(from: number, to: number): EventRow[] {
    const rows: EventRow[] = [];
    const { history } = this.#opened();
    const last = Math.min(to, from + ROWS_MAX - 1, history.end);
    for (let position = Math.max(1, from); position <= last; position++) {
      const event = history.at(position);
      if (event === undefined) break;
      rows.push(eventRow(event));
    }
    return rows;
  }

  #find(text: string, from: number, step: 1 | -1): number {
    const { history } = this.#opened();
    const wanted = text.toLowerCase();
    for (let steps = 1; steps <= history.end; steps++) {
      const position = ((((from - 1 + steps * step) % history.end) + history.end) % history.end) + 1;
      const event = history.at(position);
      if (event !== undefined && `${event.type} ${lineOf(event)}`.toLowerCase().includes(wanted)) return position;
    }
    return 0;
  }

  #opened(): Recording {
    if (this.#recording === null) throw new Error('no lab is open');
    return this.#recording;
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

  #runner(): Runner {
    this.#rerunning ??= new Runner(this.#opened(), this.#proofRun(), this.#newEngine());
    return this.#rerunning;
  }

  #picture(position: number, isDerived: boolean): PictureChanges {
    const moment = isDerived ? this.#runner().momentAt(position) : { state: this.#opened().lookAt(position), derived: null };
    return this.#pictures().changes(moment);
  }

  #pictures(): Picturing {
    this.#picturing ??= new Picturing(this.#opened());
    return this.#picturing;
  }
}

function openedLab({ lab, end, chain, history }: Recording): OpenedLab {
  return { lab, positions: end, chain, endNs: history.at(end)?.atNs ?? 0, ...outlineOf(history.events(), end) };
}
