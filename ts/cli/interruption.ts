/** Ctrl-C in work that has no end of its own. */
import { EXIT } from './errors.ts';

/**
 * Does work that ends when its signal aborts, and aborts it at Ctrl-C; the exit code then says that it was ended so. Work that ends by
 * itself leaves the code alone.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  // From a terminal it comes twice, once by the process that watches over this one.
  const interrupt = (): void => interruption.abort();
  process.on('SIGINT', interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    process.off('SIGINT', interrupt);
    if (interruption.signal.aborted) process.exitCode = EXIT.interrupted;
  }
}
