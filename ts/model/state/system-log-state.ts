/** The last lines of the nodes' system logs, folded from events. */
import type { Position } from '../events/events.ts';
import type { Evolvers } from './evolvers.ts';

export interface LogLine {
  position: Position;
  atNs: number;
  node: string;
  eventId: string;
  severity: string;
  text: string;
}

export interface SystemLogStates {
  /** The last SYSTEM_LOG_MAX lines, oldest first. */
  systemLog: LogLine[];
}

/** Lines of the system log kept in state; all of them are in the log of events. */
export const SYSTEM_LOG_MAX = 256;

export const SYSTEM_LOG_EVOLVERS: Evolvers<SystemLogStates> = {
  SystemLog: (state, data, event) => {
    const { node, eventId, severity, text } = data;
    state.systemLog.push({ position: event.position, atNs: event.atNs, node, eventId, severity, text });
    if (state.systemLog.length > SYSTEM_LOG_MAX) state.systemLog.shift();
  },
};
