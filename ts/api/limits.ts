/** Limits of one API process. Each has a name here; docs/api.md lists them. */

export interface ApiLimits {
  /** A lab file or a command, bytes. */
  readonly bodyBytesMax: number;
  /** Of one address, per minute. */
  readonly readsPerMinuteMax: number;
  readonly changesPerMinuteMax: number;
  /** Event streams open at once. */
  readonly streamsMax: number;
  /** Requests that read a lab's log and whose answer is not finished: worked on, waiting for their turn, or being taken. */
  readonly readersMax: number;
  /** Of these and of the streams, how many are worked on at once. */
  readonly readsAtOnce: number;
  /** Answers that clients have not taken yet, bytes in all; while there are more, no further request reads a log. */
  readonly unsentBytesMax: number;
  /** Re-executions waiting for their turn; one runs at a time. */
  readonly reExecutionsWaitingMax: number;
  /** One re-execution, ms of wall clock. */
  readonly reExecutionMsMax: number;
  /** Connections open at once; more are closed unanswered. */
  readonly connectionsMax: number;
  /** Until the header of a request has arrived, ms. */
  readonly headersMsMax: number;
  /** Until a whole request has arrived, ms. */
  readonly requestMsMax: number;
  /** A connection over which nothing moves is closed, ms. Longer than a command may wait. */
  readonly idleMsMax: number;
  /** The same once there is an answer: a client that takes nothing of it, ms. Longer than between two heartbeats. */
  readonly stalledMsMax: number;
  /** The same between two requests, ms. */
  readonly keepAliveMsMax: number;
  /** After the answer to what was no request, the client may take it for so long, ms; then the connection is closed. */
  readonly lingerMs: number;
  /** Between two signs of life on a stream without events, ms. */
  readonly heartbeatMs: number;
  /** Requests that wait for a lab are answered "pending" this long after closing began, ms. */
  readonly closeGraceMs: number;
}

export const API_LIMITS: ApiLimits = {
  bodyBytesMax: 1024 * 1024,
  readsPerMinuteMax: 6000,
  changesPerMinuteMax: 600,
  streamsMax: 1024,
  readersMax: 512,
  readsAtOnce: 4,
  unsentBytesMax: 64 * 1024 * 1024,
  reExecutionsWaitingMax: 8,
  reExecutionMsMax: 60_000,
  connectionsMax: 2048,
  headersMsMax: 10_000,
  requestMsMax: 30_000,
  idleMsMax: 90_000,
  stalledMsMax: 30_000,
  keepAliveMsMax: 5_000,
  lingerMs: 1_000,
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
/** Commands, settings and steps that a fork may name, of each. */
export const CHANGES_MAX = 100;
/** A capture is gathered before it is sent, bytes. */
export const CAPTURE_BYTES_MAX = 64 * 1024 * 1024;
/** A bundle that is sent to the server, bytes as it comes. On Kafka it is one message: below what the topics allow (topics.ts). */
export const BUNDLE_BYTES_MAX = 16 * 1024 * 1024;
/** Labs that have figures of their own at /metrics. */
export const SCRAPE_LABS_MAX = 50;
/** Events that one scrape reads; labs that have more catch up with the next. */
export const SCRAPE_EVENTS_MAX = 50_000;
/** Labs that a "no such lab" names. */
export const LABS_NAMED_MAX = 20;
/** Mistakes that one answer tells. */
export const ERRORS_TOLD_MAX = 1000;
/** Levels of lists and objects in a JSON body. */
export const JSON_DEPTH_MAX = 100;
