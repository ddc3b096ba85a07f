/**
 * What labs are like at the end of their logs, for Prometheus: the role of each unit of a pair, how long a pair had no active unit, frames
 * lost, and time by which a lab fell behind the clock. All of it is recorded state: each lab is folded once, and from there on with each scrape.
 *
 * Labels are bounded: so many labs, their units, and reasons of the closed list. A scrape reads so many events; a lab that has more is shown
 * as of where the fold is, and catches up with the next scrapes.
 */
import { Gauge, type Registry } from 'prom-client';
import { type EventLog, LabRemoved, LogDamaged, type LogRecord } from '../log/event-log.ts';
import { sameBytes } from '../model/events/chain.ts';
import type { LabEvent, Position } from '../model/events/events.ts';
import type { HaPair } from '../model/lab/ha-pair.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { SCRAPE_EVENTS_MAX, SCRAPE_LABS_MAX } from './limits.ts';
import { decodeStored } from './polite-log.ts';

const NS_PER_SECOND = 1e9;

/** One lab as far as it was folded. */
interface Fold {
  readonly state: LabState;
  last: { readonly position: Position; readonly chain: Uint8Array };
  /** By the reason. */
  readonly lost: Map<string, number>;
  /** By the name of the pair. */
  readonly outages: Map<string, Outage>;
  lagNs: number;
}

/** How long a pair had no active unit, after it had one. */
interface Outage {
  ns: number;
  /** Since when it has none; null while it has one, and before its first. */
  sinceNs: number | null;
  wasActive: boolean;
}

type Labelled = Gauge<'lab' | 'node' | 'role' | 'pair' | 'reason'>;

/** Does a piece of work when it is its turn. */
type Turn = <T>(work: () => Promise<T>) => Promise<T>;

export class LabFigures {
  readonly #log: EventLog;
  readonly #turn: Turn;
  readonly #folds = new Map<string, Fold>();
  readonly #gauges: ReturnType<typeof gaugesIn>;
  #refreshed: Promise<void> = Promise.resolve();

  constructor(log: EventLog, turn: Turn, registry: Registry) {
    this.#log = log;
    this.#turn = turn;
    this.#gauges = gaugesIn(registry);
  }

  /** Brings the figures to the end of the logs; scrapes at the same time wait for each other. */
  refresh(): Promise<void> {
    this.#refreshed = this.#refreshed.catch(() => undefined).then(() => this.#refresh());
    return this.#refreshed;
  }

  async #refresh(): Promise<void> {
    const labs = await this.#log.labs();
    const shown = labs.slice(0, SCRAPE_LABS_MAX);
    for (const lab of this.#folds.keys()) if (!shown.includes(lab)) this.#folds.delete(lab);
    const damaged = new Set<string>();
    let budget = SCRAPE_EVENTS_MAX;
    for (const lab of shown) {
      try {
        budget -= await this.#turn(() => this.#catchUp(lab, budget));
      } catch (error) {
        if (!(error instanceof LogDamaged || error instanceof LabRemoved)) throw error;
        this.#folds.delete(lab);
        if (error instanceof LogDamaged) damaged.add(lab);
      }
    }
    this.#show(labs.length - shown.length, damaged);
  }

  /** Folds up to `budget` events. @returns how many */
  async #catchUp(lab: string, budget: number): Promise<number> {
    const head = await this.#log.head(lab);
    if (head === null) throw new LabRemoved(lab);
    let fold = this.#folds.get(lab) ?? newFold();
    // Another lab of the same name is shorter, or has another chain where the last event was.
    if (head.position < fold.last.position) fold = newFold();
    const before = fold.last.position;
    for await (const batch of this.#log.read(lab, Math.max(before, 1), Math.min(head.position, before + budget))) {
      for (const record of batch) {
        if (record.position > fold.last.position) take(fold, lab, record);
        else if (fold.last.position > 0 && !sameBytes(record.chain, fold.last.chain)) throw new LabRemoved(lab);
      }
    }
    this.#folds.set(lab, fold);
    return fold.last.position - before;
  }

  #show(unmeasured: number, damaged: ReadonlySet<string>): void {
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    this.#gauges.unmeasured.set(unmeasured);
    for (const lab of damaged) this.#gauges.damaged.set({ lab }, 1);
    for (const [lab, fold] of this.#folds) {
      const { state, last, lost, outages, lagNs } = fold;
      const nowNs = Math.max(state.atNs, state.horizonNs);
      this.#gauges.position.set({ lab }, last.position);
      this.#gauges.time.set({ lab }, nowNs / NS_PER_SECOND);
      this.#gauges.lag.set({ lab }, lagNs / NS_PER_SECOND);
      this.#gauges.ended.set({ lab }, state.ended === '' ? 0 : 1);
      for (const [node, { state: role }] of Object.entries(state.ha)) this.#gauges.role.set({ lab, node, role }, 1);
      for (const [pair, { ns, sinceNs }] of outages) {
        this.#gauges.outage.set({ lab, pair }, (ns + (sinceNs === null ? 0 : nowNs - sinceNs)) / NS_PER_SECOND);
      }
      for (const [reason, frames] of lost) this.#gauges.lost.set({ lab, reason }, frames);
    }
  }
}

function gaugesIn(registry: Registry) {
  const gauge = (name: string, help: string, ...labelNames: ('lab' | 'node' | 'role' | 'pair' | 'reason')[]): Labelled =>
    new Gauge({ name: `switchback_${name}`, help, labelNames, registers: [registry] });
  return {
    unmeasured: gauge('labs_unmeasured', 'Labs beyond those that have figures of their own.'),
    damaged: gauge('lab_damaged', '1 for a lab whose log is damaged.', 'lab'),
    position: gauge('lab_position', 'Position of the last event that the figures of the lab include.', 'lab'),
    time: gauge('lab_virtual_time_seconds', 'Virtual time of the lab.', 'lab'),
    ended: gauge('lab_ended', '1 for a lab that has ended.', 'lab'),
    lag: gauge('lab_lag_seconds', 'Time by which the lab fell behind the clock and did not catch up.', 'lab'),
    role: gauge('lab_ha_role', '1 for the role that a unit of a pair has.', 'lab', 'node', 'role'),
    outage: gauge('lab_outage_seconds', 'Virtual time without an active unit in the pair, after its first.', 'lab', 'pair'),
    lost: gauge('lab_frames_lost', 'Frames that were dropped, as recorded.', 'lab', 'reason'),
  };
}

function newFold(): Fold {
  const last = { position: 0, chain: new Uint8Array() };
  return { state: initialState(), last, lost: new Map(), outages: new Map(), lagNs: 0 };
}

function take(fold: Fold, lab: string, record: LogRecord): void {
  const { position, chain } = record;
  const event = decodeStored(lab, record);
  evolve(fold.state, event);
  count(fold, event);
  for (const pair of fold.state.lab?.haPairs ?? []) watchPair(fold, pair, event.atNs);
  // A copy: the record's bytes are a view of a whole batch of the store.
  fold.last = { position, chain: chain.slice() };
}

function count(fold: Fold, event: LabEvent): void {
  const add = (reason: string, frames: number): void => void fold.lost.set(reason, (fold.lost.get(reason) ?? 0) + frames);
  if (event.type === 'FrameDropped') add(event.data.reason, 1);
  if (event.type === 'FramesDropped') add(event.data.reason, event.data.count);
  if (event.type === 'LagExceeded') fold.lagNs += event.data.lagNs;
}

function watchPair({ state, outages }: Fold, { name, members }: HaPair, atNs: number): void {
  const outage = outages.get(name) ?? { ns: 0, sinceNs: null, wasActive: false };
  outages.set(name, outage);
  const isActive = members.some(({ node }) => state.ha[node]?.state === 'active');
  outage.wasActive ||= isActive;
  if (isActive && outage.sinceNs !== null) {
    outage.ns += atNs - outage.sinceNs;
    outage.sinceNs = null;
  } else if (!isActive && outage.wasActive) outage.sinceNs ??= atNs;
}
