/**
 * The store of recorded labs, opened for one piece of work.
 *
 * The embedded log may crash or hang the process on a damaged file. So every access is announced to the supervisor
 * (supervisor.ts), if there is one: it knows how far reading had come, and when it does not come back.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { EventLog, Head, LogRecord } from '../log/event-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { followWatching } from '../log/watch.ts';
import type { Position } from '../model/events/events.ts';
import { MIRROR_FILE } from '../services/kafka/mirror-file.ts';
import { CliError, EXIT } from './errors.ts';
import type { StoreNotice } from './supervisor.ts';

/** Opens the store in a directory that has one. @throws CliError when there is none. */
export async function withStore<T>(dir: string, work: (log: EventLog, snapshots: SnapshotStore) => Promise<T>): Promise<T> {
  const { openEmbeddedLog, StoreMissing } = await import('../log/embedded/index.ts');
  const open = announced('', 0, () => openEmbeddedLog(dir, { create: false, around }));
  const log = await open.catch((error: unknown) => {
    if (!(error instanceof StoreMissing)) throw error;
    throw new CliError(EXIT.usage, `there is no recorded lab in ${resolve(dir)}; "switchback run FILE --data ${dir}" records one`);
  });
  return using(dir, log, work);
}

/** Opens the store in a directory, making it when there is none. */
export async function withNewStore<T>(dir: string, work: (log: EventLog, snapshots: SnapshotStore) => Promise<T>): Promise<T> {
  const { openEmbeddedLog } = await import('../log/embedded/index.ts');
  return using(dir, await announced('', 0, () => openEmbeddedLog(dir, { writes: true, around })), work);
}

/** @throws CliError where a mirror of Kafka lies: what this process wrote there would be nobody else's. */
export function refuseMirror(dir: string): void {
  if (!existsSync(join(dir, MIRROR_FILE))) return;
  throw new CliError(
    EXIT.usage,
    `${resolve(dir)} mirrors labs of Kafka, so only the mirror may write there: use --server, or another --data`,
  );
}

/** Where a lab ends. @throws CliError naming the labs there are, when it is not one of them. */
export async function headOf(log: EventLog, lab: string): Promise<Head> {
  const head = await log.head(lab);
  if (head !== null) return head;
  const known = await log.labs();
  const there = known.length === 0 ? 'the store has no labs' : `recorded labs: ${known.join(', ')}`;
  throw new CliError(EXIT.usage, `there is no lab ${lab}; ${there}`);
}

async function using<T>(dir: string, log: EventLog, work: (log: EventLog, snapshots: SnapshotStore) => Promise<T>): Promise<T> {
  const { openEmbeddedSnapshots } = await import('../log/embedded/snapshots.ts');
  const watched = watch(log);
  const snapshots = openEmbeddedSnapshots(dir);
  try {
    return await work(watched, watchSnapshots(snapshots));
  } catch (error) {
    // The answer is known: nothing that the failure left open keeps the process.
    setTimeout(() => process.exit(process.exitCode ?? EXIT.damaged), LINGER_MS).unref();
    throw error;
  } finally {
    await announced('', 0, () => snapshots.close());
    await watched.close();
  }
}

/** Whatever a failure leaves open keeps the process for so long at most, ms. */
const LINGER_MS = 5000;

/** A supervisor that is gone hears nothing: the channel ends this process as soon as it can (supervisor.ts), and until then it is silent. */
function say(notice: StoreNotice): void {
  if (process.connected) process.send?.(notice, undefined, undefined, () => undefined);
}

/** For looks that a watch takes by itself. */
function around<T>(lab: string, look: () => T): T {
  say({ store: 'enter', lab, position: 0 });
  try {
    return look();
  } finally {
    say({ store: 'leave' });
  }
}

async function announced<T>(lab: string, position: Position, access: () => Promise<T>): Promise<T> {
  say({ store: 'enter', lab, position });
  try {
    return await access();
  } finally {
    say({ store: 'leave' });
  }
}

/** The same log, each access announced with the first position that is not known to be good. */
function watch(log: EventLog): EventLog {
  const read: EventLog['read'] = (lab, from, to, options) => readWatched(log.read(lab, from, to, options), lab, from);
  return {
    append: (lab, expected, records) => announced(lab, expected + 1, () => log.append(lab, expected, records)),
    read,
    head: (lab) => announced(lab, 0, () => log.head(lab)),
    labs: () => announced('', 0, () => log.labs()),
    // Waiting for what is yet to come is no hang; each look at the store is announced by itself.
    follow: (lab, from, signal) =>
      followWatching({ read, watch: (watched, until) => log.watch(watched, until) }, lab, from, signal),
    watch: (lab, signal) => log.watch(lab, signal),
    remove: (lab) => announced(lab, 0, () => log.remove(lab)),
    close: () => announced('', 0, () => log.close()),
  };
}

function watchSnapshots(snapshots: SnapshotStore): SnapshotStore {
  return {
    put: (...written) => announced(written[0]?.lab ?? '', 0, () => snapshots.put(...written)),
    latest: (lab, kind, position) => announced(lab, 0, () => snapshots.latest(lab, kind, position)),
    remove: (lab, kind) => announced(lab, 0, () => snapshots.remove(lab, kind)),
  };
}

async function* readWatched(
  reading: AsyncIterable<readonly LogRecord[]>,
  lab: string,
  from: Position = 1,
): AsyncGenerator<readonly LogRecord[]> {
  const batches = reading[Symbol.asyncIterator]();
  let next = from;
  try {
    for (;;) {
      const batch = await announced(lab, next, () => batches.next());
      if (batch.done === true) return;
      next = (batch.value.at(-1)?.position ?? next) + 1;
      yield batch.value;
    }
  } finally {
    await batches.return?.();
  }
}
