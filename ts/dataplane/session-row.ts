/** Rows of a session table, and the numbers in them that mean something outside of the data plane. */
import * as S from '../../asm/memory/session-layout.ts';
import type { SessionRow } from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';

export type { SessionRow } from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';

/** States that cross HA2: from the first to the last of these numbers. */
export const SYNCED_STATES = { first: S.SESSION_ESTABLISHED, last: S.SESSION_CLEARED } as const;

/** By state number. One that was cleared is in no table. */
const STATUSES = ['free', 'opening', 'handshake', 'established', 'half-closed', 'closing'] as const;
export type SessionStatus = Exclude<(typeof STATUSES)[number], 'free'>;

export function statusOf({ state }: SessionRow): SessionStatus {
  return (STATUSES[state] ?? 'established') as SessionStatus;
}

/** Whether the peer of the HA pair made the session. */
export function isFromPeer({ sessionFlags }: SessionRow): boolean {
  return (sessionFlags & S.SESSION_FROM_PEER) !== 0;
}
