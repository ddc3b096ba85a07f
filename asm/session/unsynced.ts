/**
 * Which sessions the peer does not have as they are: one bit each, so that the agent finds them without a look at all the others, and takes
 * them by number.
 *
 *   SessionTable.unsyncedAt ┌ word of 64 sessions ┬ … ┘   before the word at `unsyncedFrom` no bit is set
 */
import { SESSION_UNSYNCED } from '../memory/session-layout';
import { numberOf, Session, SessionTable } from './record';

// inline
function wordAt(table: SessionTable, word: u32): usize {
  return <usize>(table.unsyncedAt + word * 8);
}

/** Marks a session that has no mark yet. */
export function mark(table: SessionTable, session: Session): void {
  const number = numberOf(table, session);
  const at = wordAt(table, number >> 6);
  store<u64>(at, load<u64>(at) | ((<u64>1) << (number & 63)));
  table.unsyncedFrom = min(table.unsyncedFrom, number >> 6);
  session.flags |= SESSION_UNSYNCED;
  table.unsynced++;
}

/** Takes the mark of a session away, where it has one. */
export function unmark(table: SessionTable, session: Session): void {
  if ((session.flags & SESSION_UNSYNCED) === 0) return;
  const number = numberOf(table, session);
  const at = wordAt(table, number >> 6);
  store<u64>(at, load<u64>(at) & ~((<u64>1) << (number & 63)));
  session.flags &= ~SESSION_UNSYNCED;
  table.unsynced--;
}

/** The lowest number of a session with a mark. There is one. */
export function firstMarked(table: SessionTable): u32 {
  let word = table.unsyncedFrom;
  while (load<u64>(wordAt(table, word)) === 0) word++;
  table.unsyncedFrom = word;
  return (word << 6) + <u32>ctz(load<u64>(wordAt(table, word)));
}
