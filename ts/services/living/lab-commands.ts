/** The outcome of a command to a living lab, read from the lab's log. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../log/event-log.ts';
import { parseLiving } from '../../model/commands/command.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabCommand, LabRequest } from '../../model/events/codec-command.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { formatSeconds, NANOS_MAX } from '../../values/nanos.ts';
import { paceOf, recordAt } from '../engine/record-at.ts';
import { InvalidCommand, LabEnded, LabExists, NoSuchLab } from './lab-errors.ts';
import type { LabService } from './lab-service.ts';

export type CommandOutcome =
  /** Carried out; `events` from the first it caused to where the lab settled. */
  | { readonly status: 'done'; readonly id: string; readonly events: readonly LabEvent[]; readonly position: Position }
  /** The lab's CommandRefused says why, or its engine halted over it. */
  | {
      readonly status: 'refused';
      readonly id: string;
      readonly reasons: readonly string[];
      readonly events: readonly LabEvent[];
      readonly position: Position;
    }
  /** The lab is gone, with its history (`forget`). */
  | { readonly status: 'forgotten'; readonly id: string }
  /** Accepted, and not settled within the time: it may yet be. */
  | { readonly status: 'pending'; readonly id: string };

export interface AskOptions {
  /** Chosen by the asker to make a repetition harmless; a fresh one unless given. */
  readonly id?: string;
  /** How long to wait for the lab to settle, ms of wall clock; for ever unless given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How many events an outcome brings at most; all are in the log. */
export const OUTCOME_EVENTS_MAX = 10_000;
/** A repeated id is recognised when its command lies within this many records of the end. */
const REPEATED_WITHIN = 10_000;
const FORGOTTEN_POLL_MS = 20;
/** Shorter steps end before virtual time does, unless a lab has lived for a hundred days; then the engine refuses them. */
const LONG_STEP_NS = 1e14;

/**
 * Hands a request over and waits until the lab has settled after it.
 * @throws NoSuchLab, LabEnded, LabExists, InvalidCommand before anything is asked or recorded; whatever `service.submit` throws.
 */
export async function ask(
  service: LabService,
  lab: string,
  request: LabRequest,
  options: AskOptions = {},
): Promise<CommandOutcome> {
  const { log } = service;
  const command: LabCommand = { id: options.id ?? randomUUID(), lab, request };
  const signal = signalOf(options);
  const end = (await log.head(lab))?.position ?? 0;
  const before = options.id === undefined || end === 0 ? null : await findCommand(log, lab, end, options.id);
  if (before !== null) return untilSettled(log, command, before, signal);
  await checkPossible(log, lab, end, request);

  const startsAnew = request.verb === 'deploy' && request.replace;
  const outcome =
    request.verb === 'destroy' && request.forget
      ? untilForgotten(log, command, signal)
      : untilSettled(log, command, startsAnew ? 1 : end + 1, signal);
  // A service that knows at once that it cannot be done says so here.
  return Promise.race([outcome, service.submit(command).then(() => outcome)]);
}

function signalOf({ timeoutMs, signal }: AskOptions): AbortSignal {
  const signals = [...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]), ...(signal === undefined ? [] : [signal])];
  return AbortSignal.any(signals);
}

async function checkPossible(log: EventLog, lab: string, end: Position, request: LabRequest): Promise<void> {
  if (request.verb === 'deploy') {
    if (end > 0 && !request.replace) throw new LabExists(lab);
    return;
  }
  if (end === 0) throw new NoSuchLab(lab, await log.labs());
  const last = await recordAt(log, lab, end);
  const reason = last === null ? null : endReason(last);
  const isGoingAnyway = request.verb === 'destroy' && request.forget;
  if (reason !== null && !isGoingAnyway) throw new LabEnded(lab, reason);
  if (request.verb === 'execute') await checkCommand(log, lab, request.text);
}

/**
 * A line that is not a command is not recorded, because the record would be of no use. A "step" is not recorded if the lab's time
 * follows the clock, or if virtual time would end before the step does. A command that names something the lab does not have is
 * recorded; the lab refuses it.
 */
async function checkCommand(log: EventLog, lab: string, text: string): Promise<void> {
  const parsed = parseLiving(text);
  if ('error' in parsed) throw new InvalidCommand(parsed.error);
  if (parsed.command.verb !== 'step') return;
  if ((await paceOf(log, lab)) > 0) throw new InvalidCommand(`lab ${lab} follows the clock: its time does not move by "step"`);
  const { ns } = parsed.command;
  if (ns < LONG_STEP_NS || Number.isSafeInteger((await horizonOf(log, lab)) + ns)) return;
  throw new InvalidCommand(`"${text}" is too long: virtual time ends at ${formatSeconds(NANOS_MAX)} s`);
}

/** Up to where time has been allowed to pass in a lab whose time moves by steps. Reads its whole log. */
async function horizonOf(log: EventLog, lab: string): Promise<number> {
  let horizonNs = 0;
  for await (const batch of log.read(lab, 1, undefined, { checksChain: false })) {
    for (const { body } of batch) {
      const event = decodeBody(body);
      if (event.type === 'TimeAdvanced') horizonNs = Math.max(horizonNs, event.data.toNs);
    }
  }
  return horizonNs;
}

/** Why nothing comes after a lab's last record; null while the lab lives. */
export function endReason({ body }: LogRecord): string | null {
  const last = decodeBody(body);
  return last.type === 'RecordingStopped' || last.type === 'EngineHalted' ? last.data.reason : null;
}

/** Position of the record that a command caused first; null when it is none of the last ones. */
async function findCommand(log: EventLog, lab: string, end: Position, id: string): Promise<Position | null> {
  for await (const batch of log.read(lab, Math.max(1, end + 1 - REPEATED_WITHIN), end)) {
    const found = batch.find(({ commandId }) => commandId === id);
    if (found !== undefined) return found.position;
  }
  return null;
}

/** Follows the lab from `from` on until the command is there and the lab has settled behind it. */
async function untilSettled(log: EventLog, { lab, id }: LabCommand, from: Position, signal: AbortSignal): Promise<CommandOutcome> {
  const events: LabEvent[] = [];
  let isUnderWay = false;
  // A lab that is replaced ends one following: the next begins with its successor.
  for (let next = from; !signal.aborted && !isUnderWay; next = 1) {
    for await (const batch of log.follow(lab, next, signal)) {
      for (const record of batch) {
        isUnderWay ||= record.commandId === id;
        if (!isUnderWay) continue;
        if (events.length < OUTCOME_EVENTS_MAX) events.push(decodeBody(record.body));
        if (record.settled) return outcomeOf(id, events, record);
      }
    }
  }
  return { status: 'pending', id };
}

function outcomeOf(id: string, events: readonly LabEvent[], last: LogRecord): CommandOutcome {
  const { position } = last;
  const end = decodeBody(last.body);
  if (end.type === 'EngineHalted')
    return { status: 'refused', id, reasons: [`the engine halted: ${end.data.reason}`], events, position };
  const refusal = events.find(({ type, cause }) => type === 'CommandRefused' && cause === events[0]?.position);
  if (refusal?.type !== 'CommandRefused') return { status: 'done', id, events, position };
  return { status: 'refused', id, reasons: refusal.data.reasons, events, position };
}

async function untilForgotten(log: EventLog, { lab, id }: LabCommand, signal: AbortSignal): Promise<CommandOutcome> {
  while (!signal.aborted) {
    if ((await log.head(lab)) === null) return { status: 'forgotten', id };
    await sleep(FORGOTTEN_POLL_MS);
  }
  return { status: 'pending', id };
}
