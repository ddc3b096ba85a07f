/**
 * Moments of a lab that was re-executed, kept with its store, so that the next question about a moment re-executes only what comes behind
 * the one before it. Each is an engine's snapshot between two turns, wherever it stood: it need not be at its horizon.
 *
 * How near to each other they lie is a matter of processor time, as is how long a question takes. What is answered does not depend on them:
 * deleting them changes nothing but speed.
 */
import type { Engine } from '../../engine/engine.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import type { StepLimits } from '../../engine/step-limits.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { engineIdentity } from '../engine/host.ts';
import { decodeSnapshot, encodeSnapshot } from '../engine/snapshot.ts';
import { usableSnapshot } from '../engine/usable-snapshot.ts';

/** How near to each other moments are kept. */
export interface Keeping {
  /** Work between two moments, ms of processor time. */
  readonly apartMs: number;
  /** A large lab's moments lie further apart: taking one may cost this share of the work. */
  readonly share: number;
  /** What happens at most between two looks at the clock. */
  readonly limits: StepLimits;
}

/** A question re-executes some 3 ms at most, or more where a snapshot is large. A look comes every few milliseconds, however busy the lab is. */
export const KEEPING: Keeping = { apartMs: 2, share: 1 / 3, limits: { maxEvents: 20_000, maxTurns: 50 } };

/** Behind a moment that is kept the next one comes so much later: else questions that take longest keep one more, and take longer still. */
const LATER = 8;
/** Moments of one question take so many bytes; then they lie twice as far apart, and again behind as many. */
const BYTES_STEP = 64 << 20;
/** What moments cost grows slowly from one to the next: a garbage collection while one is taken is no reason to put the next far away. */
const COST_GROWTH = 1.25;
/** Moments that go into one transaction. */
const TOGETHER_MAX = 64;

/** The last moment that is kept strictly before a position; null when there is none. */
export async function momentBefore(
  log: EventLog,
  snapshots: SnapshotStore,
  lab: string,
  position: Position,
): Promise<Snapshot | null> {
  const found = await usableSnapshot(log, snapshots, lab, 'moment', position - 1);
  if (found !== null) return decodeSnapshot(found.bytes);
  // Of another history, or of another build: they would hide those that this question leaves.
  const isStale = (await snapshots.latest(lab, 'moment', position - 1)) !== null;
  if (isStale) await snapshots.remove(lab, 'moment').catch(() => undefined);
  return null;
}

/** Other work on the machine makes no difference to it. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Keeps moments of one lab while it is re-executed. */
export class MomentKeeper {
  readonly #snapshots: SnapshotStore;
  readonly #lab: string;
  readonly #share: number;
  readonly #identity = engineIdentity();
  /** Not compared with what is recorded yet. */
  readonly #taken: StoredSnapshot[] = [];
  readonly #confirmed: StoredSnapshot[] = [];
  #apartMs: number;
  #bytes = 0;
  #lastMs = processorMs();
  /** The same on the wall: it is at least as much later, and asking for it takes a hundredth of the time. */
  #lastWallMs = performance.now();
  #costMs = 0;
  /** How many times further than usual the next moment lies. */
  #later: number;
  #isOther = false;

  /** @param isBehind whether the lab is re-executed from a moment that is kept. */
  constructor(snapshots: SnapshotStore, lab: string, { apartMs, share }: Keeping, isBehind: boolean) {
    this.#later = isBehind ? LATER : 1;
    this.#snapshots = snapshots;
    this.#lab = lab;
    this.#apartMs = apartMs;
    this.#share = share;
  }

  /** To be called between two turns. */
  look(engine: Engine): void {
    const apartMs = Math.max(this.#apartMs * this.#later, this.#costMs / this.#share);
    const wallMs = performance.now();
    if (this.#isOther || wallMs - this.#lastWallMs < apartMs) return;
    const nowMs = processorMs();
    // On a busy machine the wall is far ahead of it: the next look at it comes when it can be there.
    this.#lastWallMs = wallMs - (nowMs - this.#lastMs);
    if (nowMs - this.#lastMs < apartMs || engine.position === 0) return;
    const { position, chain } = engine;
    const bytes = encodeSnapshot(engine.snapshot());
    this.#taken.push({ lab: this.#lab, kind: 'moment', position, chain, engine: this.#identity, bytes });
    this.#bytes += bytes.length;
    if (this.#bytes > BYTES_STEP) {
      this.#bytes = 0;
      this.#apartMs *= 2;
    }
    this.#later = 1;
    this.#lastMs = processorMs();
    this.#lastWallMs = performance.now();
    const costMs = this.#lastMs - nowMs;
    this.#costMs = this.#costMs === 0 ? costMs : Math.min(costMs, COST_GROWTH * this.#costMs);
  }

  /**
   * Writes the moments that are behind these records, the next ones of the log. Where the engine decided something else than is recorded,
   * its moments are worth nothing, and no more are taken.
   * @param isLast whether to write however few they are.
   */
  async write(records: readonly LogRecord[], isLast: boolean): Promise<void> {
    const first = records[0]?.position ?? 0;
    const behind = first + records.length;
    while ((this.#taken[0]?.position ?? behind) < behind) {
      const [moment] = this.#taken.splice(0, 1);
      const recorded = moment === undefined ? undefined : records[moment.position - first];
      if (moment === undefined || recorded === undefined) continue;
      if (sameBytes(recorded.chain, moment.chain)) this.#confirmed.push(moment);
      else this.#isOther = true;
    }
    if (this.#confirmed.length === 0 || (this.#confirmed.length < TOGETHER_MAX && !isLast)) return;
    // They only save time: a directory that cannot be written is no reason to answer nothing.
    await this.#snapshots.put(...this.#confirmed.splice(0)).catch(() => undefined);
  }
}
