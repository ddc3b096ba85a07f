/** The client's side of a TCP flow in linear memory (asm/frame/tcp-record.ts). */
import * as L from '../../asm/memory/layout.ts';

/** In the order of their numbers, TCP_* of layout.ts. */
const CONNECTION_STATES = ['closed', 'syn-sent', 'established', 'finished', 'reset', 'refused', 'timed-out', 'aborted'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

export function connectionState(number: number): ConnectionState {
  const state = CONNECTION_STATES[number];
  if (state === undefined) throw new RangeError(`no connection has state ${number}`);
  return state;
}

/** A port as the control door names it; null for none. */
export function portOrNone(port: number): number | null {
  return port === L.NONE ? null : port;
}
