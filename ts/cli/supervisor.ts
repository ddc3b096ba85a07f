/**
 * Runs a verb in a child process, because a damaged file can crash the store's native code, or make it hang. Both end here
 * as "store damaged", exit code 4, like damage that reading detects.
 *
 * The child says when it enters the store and when it leaves it (store.ts). Only the time inside counts as a hang: a
 * re-execution may take as long as it takes. The channel between the two ends with the supervisor, even when that is killed: then
 * the child ends too, and no orphan goes on writing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { note, printJson, watchReaders } from './output.ts';

/** What the child says, by the channel between them. */
export type StoreNotice =
  | { readonly store: 'enter'; readonly lab: string; readonly position: number }
  | { readonly store: 'leave' };

/** Set in the child, so that it does not supervise in turn. */
export const CHILD_MARK = 'SWITCHBACK_SUPERVISED';

/** How long one access to the store may take, ms. A thousand records take milliseconds, even from a slow disk. */
const ACCESS_MS_MAX = 30_000;
const EXIT_DAMAGED = 4;
/** As after SIGTERM: 128 and its number. Nobody is left to read it. */
const EXIT_ORPHANED = 143;

const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Place {
  readonly lab: string;
  readonly position: number;
}

/** Runs `script` with `args` in a child, with this process's own streams. Resolves with the exit code to end with. */
export async function supervise(script: string, args: readonly string[]): Promise<number> {
  watchReaders();
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [CHILD_MARK]: '1' },
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);

  let place: Place = { lab: '', position: 0 };
  let alarm: NodeJS.Timeout | null = null;
  let inside = 0;
  let isHung = false;
  child.on('message', (notice: StoreNotice) => {
    // Whoever speaks does not hang yet; one access may end while another goes on.
    if (alarm !== null) clearTimeout(alarm);
    alarm = null;
    inside += notice.store === 'enter' ? 1 : -1;
    if (notice.store === 'enter') place = notice;
    if (inside <= 0) return;
    alarm = setTimeout(() => {
      isHung = true;
      child.kill('SIGKILL');
    }, accessMsMax());
  });
  // The last notice may be read after the exit is seen: wait for both.
  const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(child, 'disconnect')])) as [
    [number | null, NodeJS.Signals | null],
    unknown,
  ];
  if (alarm !== null) clearTimeout(alarm);
  for (const forwarded of FORWARDED) process.off(forwarded, forward);

  if (isHung) return damaged(args, place, 'reading it does not return');
  if (signal !== null && CRASHES.has(signal)) return damaged(args, place, `the process that read it was killed by ${signal}`);
  // Ended from outside: end in the same way.
  if (signal !== null) process.kill(process.pid, signal);
  return code ?? EXIT_DAMAGED;
}

/** In the child, first of all: ends this process when the one that supervises it is gone. What is in the store by then stays. */
export function endWithSupervisor(): void {
  process.once('disconnect', () => process.exit(EXIT_ORPHANED));
  // It may have been gone before anyone listened.
  if (!process.connected) process.exit(EXIT_ORPHANED);
  // Listening must not keep the process.
  process.channel?.unref();
}

function accessMsMax(): number {
  const asked = Number(process.env['SWITCHBACK_STORE_TIMEOUT_MS']);
  return asked > 0 ? asked : ACCESS_MS_MAX;
}

function damaged(args: readonly string[], { lab, position }: Place, detail: string): number {
  const where = lab === '' ? '' : `lab ${lab}, ${position === 0 ? '' : `position ${position}: `}`;
  const reason = `store damaged: ${where}${detail}`;
  process.exitCode = EXIT_DAMAGED;
  note(`switchback: ${reason}`);
  // `verify` has an answer for this; other verbs have no half results.
  if (args[0] === 'verify' && wantsJson(args)) {
    printJson({ verified: false, position, reason });
  }
  return EXIT_DAMAGED;
}

function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === '-fjson' || arg === '--format=json' || (arg === 'json' && /^(-f|--format)$/.test(args[index - 1] ?? '')),
  );
}
