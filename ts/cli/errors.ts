/**
 * Exit codes, and what each error becomes: one line on stderr, and a code that scripts can rely on.
 *
 * Errors of other layers are recognised by name, so that reporting "no such lab" does not load the engine.
 */

export const EXIT = {
  ok: 0,
  /** A check failed, or a lab file is invalid. */
  failed: 1,
  /** Usage error, or not found. */
  usage: 2,
  /** Warnings only; or another engine recorded the log, and this one decides differently. */
  warnings: 3,
  /** Re-execution diverged, or the store is damaged. */
  damaged: 4,
  /** Ended by Ctrl-C, as shells say it: 128 and the number of SIGINT. */
  interrupted: 130,
  /** A defect of Switchback itself (sysexits' EX_SOFTWARE). */
  defect: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected failure of a verb: its message goes to stderr unchanged. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: ExitCode;

  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exit = exit;
  }
}

/** What a layer below says cannot be, as a usage error; every other error as it is. @throws always */
export function asUsage(error: unknown, what = ''): never {
  if (error instanceof RangeError) throw new CliError(EXIT.usage, `${what}${error.message}`, { cause: error });
  throw error;
}

/** Does what may ask for something that cannot be. @throws CliError for a RangeError */
export function usable<T>(work: () => T, what = ''): T {
  try {
    return work();
  } catch (error) {
    return asUsage(error, what);
  }
}

const EXITS: Readonly<Record<string, ExitCode>> = {
  LogDamaged: EXIT.damaged,
  Undecodable: EXIT.damaged,
  BundleDamaged: EXIT.damaged,
  BundleNewer: EXIT.usage,
  NoSuchLab: EXIT.usage,
  NoSuchInterface: EXIT.usage,
  NoSuchFlow: EXIT.usage,
  LabExists: EXIT.usage,
  LabEnded: EXIT.usage,
  InvalidCommand: EXIT.usage,
  HostFailed: EXIT.defect,
  LabRemoved: EXIT.usage,
  AppendConflict: EXIT.usage,
  CaptureError: EXIT.usage,
  FrameTooLong: EXIT.usage,
  // Recorded as EngineHalted: the log is fine, the engine is not.
  EngineDied: EXIT.defect,
};

/** What to print and the exit code; the whole stack for an unexpected error. */
export function verdictOf(error: unknown): { readonly exit: ExitCode; readonly message: string } {
  if (error instanceof CliError) return { exit: error.exit, message: error.message };
  if (!(error instanceof Error)) return { exit: EXIT.defect, message: String(error) };
  const exit = EXITS[error.name];
  if (exit !== undefined) return { exit, message: error.message };
  if (isSystemError(error)) return { exit: EXIT.usage, message: error.message };
  return { exit: EXIT.defect, message: `this is a defect in Switchback; please report it:\n${error.stack ?? error.message}` };
}

/** ENOENT, EACCES, ENOSPC and the like; their own text names the file. */
function isSystemError(error: Error): boolean {
  return 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
