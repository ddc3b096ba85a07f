/**
 * When a process began, as Linux tells: the number of a dead process is given to another one before long, and a file that it left must
 * not pass for a living one's. proc(5): field 22 of /proc/PID/stat, in ticks since the machine started; `btime` of /proc/stat.
 */
import { readFileSync } from 'node:fs';

const TICK_MS = 10;
/** Field 22, counted behind the name, which is in parentheses and may hold anything. */
const START_FIELD = 19;
/** `btime` is in whole seconds. */
const SLACK_MS = 2000;

/** Whether the process of this number began after a moment, ms since 1970; false where the machine does not tell. */
export function startedAfter(pid: number, atMs: number): boolean {
  const startMs = startOf(pid);
  return startMs !== null && startMs > atMs + SLACK_MS;
}

function startOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD]);
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    const startMs = bootSeconds * 1000 + ticks * TICK_MS;
    return Number.isFinite(startMs) ? startMs : null;
  } catch {
    return null;
  }
}
