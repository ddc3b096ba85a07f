/** Progress of long work: one line on a terminal's stderr, rewritten in place; nothing anywhere else. */
import { count, span } from './output.ts';

const EVERY_MS = 200;
const CLEAR = '\r\u001b[K';

export interface Progress {
  /** Virtual time has come this far, with so many frames since the lab began, where that is known. */
  at(nowNs: number, frames?: number): void;
  /** Takes the line away, for other words; the next progress brings it back. */
  end(): void;
}

/** By wall time at most every 200 ms, so that work that hardly moves in virtual time shows what it does. */
export function progressTo(endNs: number): Progress {
  if (process.stderr.isTTY !== true) return { at: () => undefined, end: () => undefined };
  let shownMs = performance.now();
  let isShown = false;
  let before = { nowNs: 0, frames: 0 };
  let rate = '';
  return {
    at: (nowNs, frames) => {
      if (frames !== undefined && nowNs > before.nowNs) {
        rate = `, ${framesText(frames, (frames - before.frames) / ((nowNs - before.nowNs) / 1e9))}`;
        before = { nowNs, frames };
      }
      const nowMs = performance.now();
      if (nowMs - shownMs < EVERY_MS) return;
      shownMs = nowMs;
      isShown = true;
      process.stderr.write(`${CLEAR}${span(nowNs)} of ${span(endNs)}${rate}`);
    },
    end: () => {
      if (isShown) process.stderr.write(CLEAR);
      isShown = false;
    },
  };
}

function framesText(frames: number, perSecond: number): string {
  return `${count(frames)} frames, ${count(Math.round(perSecond))} per second of virtual time`;
}
