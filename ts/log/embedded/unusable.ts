/** A store that is sound and cannot be used here: no right to write it, no room for more. What cannot be written can often be read. */
import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { LabAppend } from '../event-log.ts';

const REASONS = {
  EROFS: 'read-only file system',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
} as const;

type Code = keyof typeof REASONS;

/** Room that no write uses up, bytes: lmdb and witnesses need some for pages of their own, and lmdb prints to stderr when it finds none. */
const RESERVE_BYTES = 128 << 10;
/** Pages of the tree that are written anew with one append, and its witness, bytes. */
const APPEND_BYTES = 32 << 10;

/** There is no store in the directory, and none was to be made. */
export class StoreMissing extends Error {
  override readonly name = 'StoreMissing';
  constructor(readonly dir: string) {
    super(`there is no store in ${dir}`);
  }
}

/** Made like the system's own errors, with `code` and `syscall`, so that it ends a verb as they do. */
export class StoreUnusable extends Error {
  override readonly name = 'StoreUnusable';
  constructor(
    readonly dir: string,
    readonly syscall: 'open' | 'read' | 'write',
    readonly code: Code,
    options?: ErrorOptions,
  ) {
    super(`cannot ${syscall} the store in ${dir}: ${REASONS[code]}`, options);
  }
}

/** The error of a write, as StoreUnusable when the place is at fault; else as it is. */
export function unusableOr(dir: string, syscall: 'open' | 'read' | 'write', error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnusable || !('code' in error)) return error;
  const code = codeOf(error.code);
  return code === null ? error : new StoreUnusable(dir, syscall, code, { cause: error });
}

/** lmdb gives numbers, the file system names. */
function codeOf(code: unknown): Code | null {
  for (const name of Object.keys(REASONS) as Code[]) if (code === name || code === constants.errno[name]) return name;
  return null;
}

/**
 * Whether there is room for some appends, before any of them is begun. Without a limit where the file system tells no size.
 * @throws StoreUnusable
 */
export function checkRoom(dir: string, appends: number, bytes: number): void {
  const roomBytes = roomIn(dir);
  if (roomBytes < RESERVE_BYTES + appends * APPEND_BYTES + 2 * bytes) throw new StoreUnusable(dir, 'write', 'ENOSPC');
}

/** `checkRoom` for records. */
export function checkRoomFor(dir: string, appends: readonly LabAppend[]): void {
  let bytes = 0;
  for (const { records } of appends) for (const { body } of records) bytes += body.length;
  checkRoom(dir, appends.length, bytes);
}

function roomIn(dir: string): number {
  try {
    const { bavail, bsize, blocks } = statfsSync(dir);
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
