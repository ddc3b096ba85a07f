/**
 * How far a mirror came, beside its embedded store. It only saves time: what is read twice is dropped by its position. So it is
 * written after the records are durable, without fsync, and not believed when anything about it is odd.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Progress {
  /** Of the brokers, and of the topics on them: offsets of another one mean nothing. */
  readonly cluster: string;
  readonly prefix: string;
  /** Offset to read next, of each partition. */
  readonly events: readonly number[];
  readonly snapshots: readonly number[];
}

/** Null when there is no file, or it cannot be of use. */
export function readProgress(file: string): Progress | null {
  if (!existsSync(file)) return null;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Progress> | null;
    if (typeof found?.cluster !== 'string' || typeof found.prefix !== 'string') return null;
    const { cluster, prefix, events, snapshots } = found;
    return isOffsets(events) && isOffsets(snapshots) ? { cluster, prefix, events, snapshots } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function writeProgress(file: string, progress: Progress): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, `${JSON.stringify(progress)}\n`);
  renameSync(fresh, file);
}

function isOffsets(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((offset) => Number.isSafeInteger(offset) && offset >= 0);
}
