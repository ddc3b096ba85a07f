/**
 * Applies the messages of the event topic to a mirror: it compares each lab's next record with the end of the lab in the target
 * log.
 *
 * - The record that is next is appended. If its chain does not follow it is appended all the same, and reported: the target
 *   is a copy, and every reader of it stops there (event-log.ts, `read`).
 * - A record at a position that is there already is dropped: the lowest offset wins. If it differs, that is reported.
 * - A record that leaves a gap, or cannot be read, stalls its lab, and is reported. Other labs continue.
 * - A tombstone removes the lab and all reports about it.
 */
import { CHAIN_BYTES, nextChain, sameBytes } from '../../model/events/chain.ts';
import type { LabRecord } from '../../model/events/codec.ts';
import { Undecodable } from '../../model/events/codec-strict.ts';
import type { Position } from '../../model/events/events.ts';
import { EMPTY_HEAD } from '../checks.ts';
import { type BulkLog, type EventLog, type Head, type LabAppend, LogDamaged, type LogRecord } from '../event-log.ts';
import { sha256 } from '../sha256.ts';
import type { SnapshotStore } from '../snapshot-store.ts';
import { contentOf, type EventContent, isFiller } from './message.ts';

/** Something in the event topic that no writer of ours wrote. */
export interface Trouble {
  readonly lab: string;
  readonly position: Position;
  readonly partition: number;
  readonly offset: number;
  readonly detail: string;
  /** Nothing more of this lab is taken until it is removed. */
  readonly stalls: boolean;
}

export interface EventTopicMessage {
  readonly offset: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

interface Entry {
  readonly partition: number;
  readonly offset: number;
  readonly content: EventContent;
}

/** A lab as far as it was taken in. */
interface LabIntake {
  head: Head;
  readonly records: LogRecord[];
  /** Records that were there already, to be compared. */
  readonly repeated: { readonly entry: Entry; readonly record: LogRecord }[];
}

interface Taken {
  readonly lab: string;
  readonly intake: LabIntake;
}

/** Told what became of a lab. */
export interface IntakeListener {
  /** It ends elsewhere than before; null when it was removed. */
  readonly moved: (lab: string, head: Head | null) => void;
  readonly stalled: (trouble: Trouble) => void;
}

/** Of one lab; more say nothing new. */
const TROUBLES_MAX = 100;

export class Intake {
  readonly #target: EventLog;
  readonly #snapshots: SnapshotStore | null;
  readonly #listener: IntakeListener;
  readonly #heads = new Map<string, Head>();
  readonly #troubles = new Map<string, Trouble[]>();

  /** @param snapshots forget what is removed too. */
  constructor(target: EventLog, snapshots: SnapshotStore | null, listener: IntakeListener) {
    this.#target = target;
    this.#snapshots = snapshots;
    this.#listener = listener;
  }

  get troubles(): readonly Trouble[] {
    return [...this.#troubles.values()].flat();
  }

  stalled(lab: string): Trouble | null {
    return this.#troubles.get(lab)?.find(({ stalls }) => stalls) ?? null;
  }

  /**
   * Takes messages of one partition, in order. Resolved: all that is to be kept is durable in the target. Rejected: some of
   * it may be; taking the same messages again is harmless.
   */
  async take(partition: number, messages: readonly EventTopicMessage[]): Promise<void> {
    const labs = new Map<string, Entry[]>();
    for (const { key, offset, value } of messages) {
      const lab = key === null ? '' : new TextDecoder().decode(key);
      if (isFiller(lab, value)) continue;
      const entries = labs.get(lab) ?? [];
      labs.set(lab, entries);
      entries.push({ partition, offset: Number(offset), content: contentOf(lab, value) });
    }
    const taken: Taken[] = [];
    for (const [lab, entries] of labs) {
      const intake = await this.#takeLab(lab, entries);
      if (intake !== null) taken.push({ lab, intake });
    }
    await this.#flush(taken);
    for (const lab of labs.keys()) {
      const stall = this.stalled(lab);
      if (stall !== null) this.#listener.stalled(stall);
    }
  }

  /** Records to append to a lab; null for none. */
  async #takeLab(lab: string, entries: readonly Entry[]): Promise<LabIntake | null> {
    let intake: LabIntake | null = null;
    for (const entry of entries) {
      if (entry.content === 'forget') {
        if (intake !== null) await this.#flush([{ lab, intake }]);
        await this.#forget(lab);
        intake = null;
      } else if (this.stalled(lab) === null) {
        intake ??= await this.#begin(lab, entry);
        if (intake !== null) this.#sort(lab, intake, entry, entry.content);
      }
    }
    return intake;
  }

  async #begin(lab: string, entry: Entry): Promise<LabIntake | null> {
    try {
      const head = this.#heads.get(lab) ?? (await this.#target.head(lab)) ?? EMPTY_HEAD;
      return { head, records: [], repeated: [] };
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
      this.#report(lab, entry, error.position, `the copy is damaged: ${error.detail}`, true);
      return null;
    }
  }

  #sort(lab: string, intake: LabIntake, entry: Entry, content: LabRecord | Undecodable): void {
    const due = intake.head.position + 1;
    if (!(content instanceof Undecodable) && content.record.position < due) {
      intake.repeated.push({ entry, record: content.record });
      return;
    }
    const fault = content instanceof Undecodable ? content.message : faultOf(content.record, due);
    if (fault !== null) this.#report(lab, entry, due, fault, true);
    if (fault !== null || content instanceof Undecodable) return;
    const { position, body, chain } = content.record;
    if (!sameBytes(chain, nextChain(intake.head.chain, body, sha256))) {
      this.#report(lab, entry, due, 'its chain does not follow from the record before it', false);
    }
    intake.records.push(content.record);
    intake.head = { position, chain };
  }

  async #flush(taken: readonly Taken[]): Promise<void> {
    const fresh = taken.filter(({ intake }) => intake.records.length > 0);
    for (const { lab } of fresh) this.#heads.delete(lab);
    await this.#append(fresh.map(({ lab, intake: { records } }) => ({ lab, expected: (records[0]?.position ?? 1) - 1, records })));
    for (const { lab, intake } of fresh) {
      // A copy of the chain: what came is a view of a whole answer of the broker.
      this.#heads.set(lab, { position: intake.head.position, chain: intake.head.chain.slice() });
      this.#listener.moved(lab, intake.head);
    }
    for (const { lab, intake } of taken) await this.#compare(lab, intake.repeated);
  }

  /** One fsync for all labs, where the target can: what comes from a broker at once is often a record each of many. */
  async #append(appends: readonly LabAppend[]): Promise<void> {
    if (appends.length === 0) return;
    if ('appendAll' in this.#target) return (this.#target as BulkLog).appendAll(appends);
    for (const { lab, expected, records } of appends) await this.#target.append(lab, expected, records);
  }

  async #forget(lab: string): Promise<void> {
    this.#heads.delete(lab);
    await this.#target.remove(lab);
    await this.#snapshots?.remove(lab);
    this.#troubles.delete(lab);
    this.#listener.moved(lab, null);
  }

  /** Reports the first of the records that were there already which differs from what is there. */
  async #compare(lab: string, repeated: LabIntake['repeated']): Promise<void> {
    if (repeated.length === 0) return;
    const positions = repeated.map(({ record: { position } }) => position);
    const there = new Map<Position, Uint8Array>();
    try {
      for await (const batch of this.#target.read(lab, Math.min(...positions), Math.max(...positions))) {
        for (const { position, chain } of batch) there.set(position, chain);
      }
    } catch (error) {
      // Readers of the copy get the error; this code compares only the records before the damage.
      if (!(error instanceof LogDamaged)) throw error;
    }
    const differing = repeated.find(({ record: { position, chain } }) => {
      const kept = there.get(position);
      return kept !== undefined && !sameBytes(kept, chain);
    });
    if (differing === undefined) return;
    const { entry, record } = differing;
    this.#report(lab, entry, record.position, 'another record of that position came before it and is kept', false);
  }

  #report(lab: string, { partition, offset }: Entry, position: Position, detail: string, stalls: boolean): void {
    const reported = this.#troubles.get(lab) ?? [];
    // The same message may come twice.
    if (reported.length >= TROUBLES_MAX || reported.some((trouble) => trouble.offset === offset && trouble.partition === partition))
      return;
    reported.push({ lab, position, partition, offset, detail, stalls });
    this.#troubles.set(lab, reported);
  }
}

/** Why a record cannot be stored in its place at all. */
function faultOf({ position, chain }: LogRecord, due: Position): string | null {
  if (position !== due) return `a record of position ${position} is in its place`;
  return chain.length === CHAIN_BYTES ? null : `its chain has ${chain.length} bytes`;
}
