/**
 * A log and its snapshots for a worker, asked for in messages: a question reads what it needs, and the moments that it leaves are kept where
 * the log is. Every request has one answer, and none of them is remembered by whoever gives it.
 */
import { type EventLog, type Head, LabRemoved, type LabWatch, type LogRecord } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import type { SnapshotKind, SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import { nextChain, sameBytes } from '../../model/events/chain.ts';
import type { Position } from '../../model/events/events.ts';

/** What is asked for: records from a position on, as many as come together; where a lab ends; a snapshot. */
export type LogRequest =
  | { readonly want: 'records'; readonly lab: string; readonly from: Position; readonly to: Position }
  | { readonly want: 'head'; readonly lab: string }
  | { readonly want: 'snapshot'; readonly lab: string; readonly kind: SnapshotKind; readonly position?: Position }
  | { readonly want: 'keep'; readonly snapshots: readonly StoredSnapshot[] }
  | { readonly want: 'forget'; readonly lab: string; readonly kind?: SnapshotKind };

interface Answers {
  readonly records: readonly LogRecord[];
  readonly head: Head | null;
  readonly snapshot: StoredSnapshot | null;
  readonly keep: null;
  readonly forget: null;
}

export type LogAnswer = Answers[LogRequest['want']];

/** Answers a request, where the log is. @throws LogDamaged, and whatever else the log throws; what is wrong with snapshots is no error */
export async function answerLogRequest(log: EventLog, snapshots: SnapshotStore, request: LogRequest): Promise<LogAnswer> {
  switch (request.want) {
    case 'records':
      for await (const batch of log.read(request.lab, request.from, request.to)) return batch;
      return [];
    case 'head':
      return log.head(request.lab);
    case 'snapshot':
      return snapshots.latest(request.lab, request.kind, request.position).catch(() => null);
    case 'keep':
      await snapshots.put(...request.snapshots).catch(() => undefined);
      return null;
    case 'forget':
      await snapshots.remove(request.lab, request.kind).catch(() => undefined);
      return null;
  }
}

/** Sends a request; resolves with its answer. */
export type SendRequest = (request: LogRequest) => Promise<LogAnswer>;

/**
 * The labs of a log elsewhere, for reading. What is appended becomes a lab of this side alone, such as a fork.
 * @param labs names of those that are read elsewhere.
 */
export function openPortLog(send: SendRequest, labs: ReadonlySet<string>): EventLog {
  const own = openMemoryLog();
  const ask = <W extends LogRequest['want']>(request: LogRequest & { readonly want: W }): Promise<Answers[W]> =>
    send(request) as Promise<Answers[W]>;

  async function* read(lab: string, from: Position, to: Position): AsyncGenerator<readonly LogRecord[]> {
    const last = Math.min(to, (await ask({ want: 'head', lab }))?.position ?? 0);
    let before: LogRecord | null = null;
    for (let next = from; next <= last; ) {
      const batch: readonly LogRecord[] = await ask({ want: 'records', lab, from: next, to: last });
      const [first] = batch;
      // Another lab of that name may have come meanwhile.
      const isNext = first !== undefined && (before === null || sameBytes(nextChain(before.chain, first.body), first.chain));
      if (!isNext) throw new LabRemoved(lab);
      yield batch;
      before = batch.at(-1) ?? null;
      next += batch.length;
    }
  }

  return {
    ...ownMethods(own),
    read: (lab, from = 1, to = Number.POSITIVE_INFINITY) => (labs.has(lab) ? read(lab, from, to) : own.read(lab, from, to)),
    head: (lab) => (labs.has(lab) ? ask({ want: 'head', lab }) : own.head(lab)),
    labs: async () => [...new Set([...labs, ...(await own.labs())])].sort(),
  };
}

/** A log's methods, each bound to it. */
function ownMethods(own: EventLog): Omit<EventLog, 'read' | 'head' | 'labs'> {
  return {
    append: (lab, expected, records) => own.append(lab, expected, records),
    follow: (lab, from, signal) => own.follow(lab, from, signal),
    watch: (lab, signal): LabWatch => own.watch(lab, signal),
    remove: (lab) => own.remove(lab),
    close: () => own.close(),
  };
}

/** Snapshots that are kept elsewhere. */
export function openPortSnapshots(send: SendRequest): SnapshotStore {
  return {
    put: async (...snapshots) => void (await send({ want: 'keep', snapshots })),
    latest: async (lab, kind, position) =>
      (await send({ want: 'snapshot', lab, kind, ...(position !== undefined && { position }) })) as StoredSnapshot | null,
    remove: async (lab, kind) => void (await send({ want: 'forget', lab, ...(kind !== undefined && { kind }) })),
  };
}
