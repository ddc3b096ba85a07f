/** Progress of long work: one line on a terminal's stderr, rewritten in place; nothing anywhere else. */
import { span } from './output.ts';

const EVERY_MS = 200;

export interface Progress {
  /** Virtual time has come this far. */
  at(nowNs: number): void;
  /** Takes the line away. */
  end(): void;
}

export function progressTo(endNs: number): Progress {
  if (process.stderr.isTTY !== true) return { at: () => undefined, end: () => undefined };
  let shownMs = performance.now();
  let isShown = false;
  return {
    at: (nowNs) => {
      const nowMs = performance.now();
      if (nowMs - shownMs < EVERY_MS) return;
      shownMs = nowMs;
      isShown = true;
      process.stderr.write(`\r\u001b[K${span(nowNs)} of ${span(endNs)}`);
    },
    end: () => void (isShown && process.stderr.write('\r\u001b[K')),
  };
}
