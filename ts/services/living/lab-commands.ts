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
import { lastCommands } from './command-index.ts';
import { InvalidCommand, LabEnded, LabExists, NoSuchLab } from './lab-errors.ts';
import { type LabService, OUTCOME_EVENTS_MAX } from './lab-service.ts';

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
  const command: LabCommand = { id: options.id ?? randomUUID(), lab, request };
  // Whatever still waits for the outcome when the answer is known must not go on reading.
  const answered = new AbortController();
  const signal = signalOf(options, answered.signal);
  try {
    return await answerTo(service, command, options.id !== undefined, signal);
  } finally {
    answered.abort();
  }
}

async function answerTo(
  service: LabService,
  command: LabCommand,
  mayBeRepeated: boolean,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  const { log } = service;
  const { id, lab, request } = command;
  const head = await log.head(lab);
  const end = head?.position ?? 0;
  const commands = !mayBeRepeated || head === null ? null : await lastCommands(log, lab, head);
  const before = commands?.positions.get(id);
  if (before !== undefined) return repeated(service, command, before, commands?.last ?? null, signal);
  await checkPossible(log, lab, request, end === 0 ? null : (commands?.last ?? (await recordAt(log, lab, end))));

  if (isForget(command)) {
    const forgotten = untilForgotten(log, command, signal);
    // A service that knows at once that it cannot be done says so here.
    return Promise.race([forgotten, service.submit(command).then(() => forgotten)]);
  }
  const startsAnew = request.verb === 'deploy' && request.replace;
  const outcome = service.submit(command).then((taken) => {
    if (!taken) return untilSettled(log, command, startsAnew ? 1 : end + 1, signal);
    return outcomeOf(
      id,
      taken.records.map(({ body }) => decodeBody(body)),
      taken.last,
    );
  });
  return Promise.race([outcome, untilAborted(signal, id)]);
}

/** A command that is on record. If the lab has not settled, its process may have died: handed over again, the command is finished. */
function repeated(
  service: LabService,
  command: LabCommand,
  before: Position,
  last: LogRecord | null,
  signal: AbortSignal,
): Promise<CommandOutcome> {
  const outcome = untilSettled(service.log, command, before, signal);
  if (last?.settled) return outcome;
  return Promise.race([outcome, service.submit(command).then(() => outcome)]);
}

function untilAborted(signal: AbortSignal, id: string): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const pending = (): void => resolve({ status: 'pending', id });
    if (signal.aborted) pending();
    else signal.addEventListener('abort', pending, { once: true });
  });
}

function signalOf({ timeoutMs, signal }: AskOptions, answered: AbortSignal): AbortSignal {
  const signals = [
    answered,
    ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
    ...(signal === undefined ? [] : [signal]),
  ];
  return AbortSignal.any(signals);
}

async function checkPossible(log: EventLog, lab: string, request: LabRequest, last: LogRecord | null): Promise<void> {
  if (request.verb === 'deploy') {
    if (last !== null && !request.replace) throw new LabExists(lab);
    return;
  }
  if (last === null) throw new NoSuchLab(lab, await log.labs());
  const reason = endReason(last);
  if (reason !== null && !isForget({ request })) throw new LabEnded(lab, reason);
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

/** Whether a command ends a lab and its history. */
export function isForget({ request }: Pick<LabCommand, 'request'>): boolean {
  return request.verb === 'destroy' && request.forget;
}

/** Why nothing comes after a lab's last record; null while the lab lives. */
export function endReason({ body }: LogRecord): string | null {
  const last = decodeBody(body);
  return last.type === 'RecordingStopped' || last.type === 'EngineHalted' ? last.data.reason : null;
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
