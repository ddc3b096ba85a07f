/** Limits of one API process. Each has a name here; docs/api.md lists them. */

export interface ApiLimits {
  /** A lab file or a command, bytes. */
  readonly bodyBytesMax: number;
  /** Of one address, per minute. */
  readonly readsPerMinuteMax: number;
  readonly changesPerMinuteMax: number;
  /** Event streams open at once. */
  readonly streamsMax: number;
  /** Re-executions waiting for their turn; one runs at a time. */
  readonly reExecutionsWaitingMax: number;
  /** One re-execution, ms of wall clock. */
  readonly reExecutionMsMax: number;
  /** A connection over which nothing moves is closed, ms. Longer than a command may wait, and than the heart beats. */
  readonly idleMsMax: number;
  /** Between two signs of life on a stream without events, ms. */
  readonly heartbeatMs: number;
  /** Requests that wait for a lab are answered "pending" this long after closing began, ms. */
  readonly closeGraceMs: number;
}

export const API_LIMITS: ApiLimits = {
  bodyBytesMax: 1024 * 1024,
  readsPerMinuteMax: 6000,
  changesPerMinuteMax: 600,
  streamsMax: 64,
  reExecutionsWaitingMax: 8,
  reExecutionMsMax: 60_000,
  idleMsMax: 120_000,
  heartbeatMs: 15_000,
  closeGraceMs: 1_500,
};

/** How long a command is waited for, seconds. */
export const WAIT_SECONDS = 10;
export const WAIT_SECONDS_MAX = 60;
/** Events in one answer. */
export const EVENTS_LIMIT = 1000;
export const EVENTS_LIMIT_MAX = 10_000;
export const COMMAND_CHARACTERS_MAX = 1000;
/** Labs that a "no such lab" names. */
export const LABS_NAMED_MAX = 20;
/** Mistakes that one answer tells. */
export const ERRORS_TOLD_MAX = 1000;
