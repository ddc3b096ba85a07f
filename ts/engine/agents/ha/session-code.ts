/** A session as it crosses HA2: a list of numbers and two names. What a stranger sends is read with the same care as any frame from outside. */
import { SYNCED_STATES } from '../../../dataplane/session-row.ts';
import type { SyncedSession } from '../../turn/session-door.ts';

const IP_MAX = 2 ** 32 - 1;
const PORT_MAX = 65_535;
const BYTE_MAX = 255;
const TIME_MAX = Number.MAX_SAFE_INTEGER;
/** Largest value of each number, in order: state, protocol, fins, policy, times left and passed, both tuples. */
const TUPLE = [IP_MAX, PORT_MAX, IP_MAX, PORT_MAX] as const;
const LARGEST = [SYNCED_STATES.last, BYTE_MAX, 3, PORT_MAX, TIME_MAX, TIME_MAX, ...TUPLE, ...TUPLE] as const;

export function encodeSession(session: SyncedSession): readonly (number | string)[] {
  const { state, protocol, fins, policy, leftNs, ageNs, outward, backward, inward, outgoing } = session;
  return [state, protocol, fins, policy, leftNs, ageNs, ...outward, ...backward, inward, outgoing];
}

/** The sessions of a message; none where it holds something else. @param hasInterface whether the receiver has an interface of that name. */
export function decodeSessions(message: unknown, hasInterface: (name: string) => boolean): readonly SyncedSession[] {
  const rows = rowsOf(message);
  return rows.flatMap((row) => {
    if (!Array.isArray(row) || row.length !== LARGEST.length + 2) return [];
    const numbers = row.slice(0, LARGEST.length);
    const [inward, outgoing] = row.slice(LARGEST.length);
    const areNumbers = numbers.every((one, place) => Number.isSafeInteger(one) && one >= 0 && one <= (LARGEST[place] ?? 0));
    if (!areNumbers || numbers[0] < SYNCED_STATES.first || !hasInterface(inward) || !hasInterface(outgoing)) return [];
    const [state, protocol, fins, policy, leftNs, ageNs, ...ends] = numbers as number[];
    const [outward, backward] = [ends.slice(0, 4), ends.slice(4)] as unknown as [
      SyncedSession['outward'],
      SyncedSession['backward'],
    ];
    return [{ state, protocol, fins, policy, leftNs, ageNs, outward, backward, inward, outgoing } as SyncedSession];
  });
}

function rowsOf(message: unknown): readonly unknown[] {
  const rows = typeof message === 'object' && message !== null ? Reflect.get(message, 'sessions') : null;
  return Array.isArray(rows) ? rows : [];
}
