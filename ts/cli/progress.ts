/** Progress of long work: one line on a terminal's stderr, rewritten in place; nothing anywhere else. */
import type { LabEvent } from '../model/events/events.ts';
import { count, note, span } from './output.ts';
import { visible } from './visible.ts';

const EVERY_MS = 200;
const CLEAR = '\r\u001b[K';
/** Verbs that run a lab file. */
const RUNNING_VERBS: ReadonlySet<string> = new Set(['run', 'test']);

export interface Progress {
  /** Virtual time has come this far, with so many frames since the lab began, where that is known. */
  at(nowNs: number, frames?: number): void;
  /** Takes the line away, for other words; the next progress brings it back. */
  end(): void;
}

/** Says what was understood before the code for it is loaded, which on a busy machine takes longer than people wait for a sign. */
export function showStart(args: readonly string[]): void {
  const [verb = '', ...rest] = args;
  if (!RUNNING_VERBS.has(verb) || process.stderr.isTTY !== true) return;
  process.stderr.write(`${CLEAR}${visible(`${verb} ${rest.join(' ')}: starting`)}`);
}

/** Takes away what `showStart` has written, here or in the process that started this one. */
export function clearStart(args: readonly string[]): void {
  if (RUNNING_VERBS.has(args[0] ?? '') && process.stderr.isTTY === true) process.stderr.write(CLEAR);
}

/** Says that a lab file is being read. Returns what takes the line away. */
export function showReading(path: string): () => void {
  if (process.stderr.isTTY !== true) return () => undefined;
  process.stderr.write(`${CLEAR}${visible(`${path}: reading`)}`);
  return () => void process.stderr.write(CLEAR);
}

/** At once, then by wall time at most every 200 ms, so that work that hardly moves in virtual time shows what it does. */
export function progressTo(endNs: number): Progress {
  if (process.stderr.isTTY !== true) return { at: () => undefined, end: () => undefined };
  let shownMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  let before = { nowNs: 0, frames: 0 };
  let rate = '';
  const at = (nowNs: number, frames?: number): void => {
    if (frames !== undefined && nowNs > before.nowNs) {
      rate = `, ${framesText(frames, (frames - before.frames) / ((nowNs - before.nowNs) / 1e9))}`;
      before = { nowNs, frames };
    }
    const nowMs = performance.now();
    if (nowMs - shownMs < EVERY_MS) return;
    shownMs = nowMs;
    isShown = true;
    process.stderr.write(`${CLEAR}${span(nowNs)} of ${span(endNs)} of virtual time${rate}`);
  };
  const end = (): void => {
    if (isShown) process.stderr.write(CLEAR);
    isShown = false;
  };
  at(0);
  return { at, end };
}

/**
 * Tells the first storm of a run as it happens: from then on virtual time hardly moves.
 *
 * @param remedy what ending the run leaves, as in "Ctrl-C ends the run and keeps its log".
 */
export function stormTeller(path: string, progress: Progress, remedy: string): (event: LabEvent) => void {
  let isTold = false;
  return (event) => {
    if (isTold || event.type !== 'StormDetected') return;
    isTold = true;
    progress.end();
    note(`storm at ${event.data.node} since ${span(event.atNs)}: ${count(event.data.rate)} flooded frames per second; ${remedy}`);
    note(`"switchback validate ${path}" names the loops of a lab`);
  };
}

function framesText(frames: number, perSecond: number): string {
  return `${count(frames)} frames, ${count(Math.round(perSecond))} per second`;
}
