/** Answers of the tools of `switchback mcp`. */
import { parseMoment } from '../../api/moment.ts';
import type { ReExecutions } from '../../api/re-execution.ts';
import { readSetting } from '../../debug/settings.ts';
import { type EventLog, LogDamaged } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Position } from '../../model/events/events.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { beyondEnd } from '../../services/ask/lab-end.ts';
import { type LabSummary, labSummary } from '../../services/ask/lab-summary.ts';
import { readFramePlace, type WhatToExplain } from '../../services/debug/explanation.ts';
import type { Question } from '../../services/debug/question.ts';
import { recordAt } from '../../services/engine/record-at.ts';
import type { ChainedEvent } from '../../services/publish/publish-event.ts';
import { parseMac } from '../../values/mac.ts';
import { nanos } from '../../values/nanos.ts';
import { collectTypes, EVERYTHING, refuseStrangers, select, selectionOf } from '../event-selection.ts';
import { toPublished } from '../events.ts';
import type { Moment } from '../options.ts';
import { type Claim, checkClaim } from './citation.ts';
import { EVENTS_MAX, type ToolName } from './tools.ts';

/** What a tool is given: the schema of tools.ts holds. */
type Asked = Readonly<Record<string, unknown>> & { readonly lab: string };

export interface Asking {
  readonly log: EventLog;
  readonly reExecutions: ReExecutions;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface Answer {
  /** What was asked does not hold: the record says otherwise. */
  readonly refused: boolean;
  readonly json: object;
}

/** @throws RangeError, CliError, QuestionRefused, Problem, LogDamaged for what cannot be answered */
export async function answerTool(tool: ToolName, asking: Asking, asked: Asked): Promise<Answer> {
  if (tool === 'labs') return holds({ labs: await allLabs(asking.log) });
  const { position: end } = await endOf(asking.log, asked.lab);
  switch (tool) {
    case 'events':
      return eventsOf(asking, asked, end);
    case 'state': {
      const at = await momentOf(asking.log, asked.lab, asked['at'], end);
      const state = await run(asking, { ask: 'state', lab: asked.lab, until: at ?? { position: end }, asked: at });
      return placed(asking.log, asked.lab, (state as { readonly position: Position }).position, state);
    }
    case 'explain':
      return placed(asking.log, asked.lab, end, await run(asking, await explainQuestion(asking.log, asked, end)));
    case 'mac':
      return placed(asking.log, asked.lab, end, await run(asking, macQuestion(asked)));
    case 'diff':
      return differenceOf(asking, asked, end);
    case 'fork':
      return placed(asking.log, asked.lab, end, await run(asking, await forkQuestion(asking.log, asked, end)));
    case 'cite': {
      const citation = await checkClaim(asking.log, asked.lab, asked as Asked & Claim);
      const { position, chain } = citation.event;
      return { refused: !citation.confirmed, json: { lab: asked.lab, position, chain, answer: citation } };
    }
  }
}

function holds(json: object): Answer {
  return { refused: false, json };
}

async function placed(log: EventLog, lab: string, position: Position, answer: object): Promise<Answer> {
  return holds({ lab, position, chain: await chainAt(log, lab, position), answer });
}

async function chainAt(log: EventLog, lab: string, position: Position): Promise<string> {
  const record = await recordAt(log, lab, position);
  if (record === null) throw new RangeError(`lab ${lab} has no position ${position}`);
  return toHex(record.chain);
}

async function run({ log, reExecutions, signal }: Asking, question: Question): Promise<object> {
  return (await reExecutions.ask(log, question, signal)).json;
}

/** Every lab in a line, damaged ones with what is wrong. */
async function allLabs(log: EventLog): Promise<readonly object[]> {
  const labs: object[] = [];
  for (const name of await log.labs()) {
    const summary = await labSummary(log, name);
    if (summary !== null) labs.push({ ...summary, ...(await partsOf(log, summary)) });
  }
  return labs;
}

async function partsOf(log: EventLog, { lab, damage }: LabSummary): Promise<object> {
  const record = damage === null ? await recordAt(log, lab, 1) : null;
  const event = record === null ? null : decodeBody(record.body);
  if (event?.type !== 'LabDefined') return { nodes: [], flows: [] };
  const { nodes, flows } = JSON.parse(event.data.definition) as Lab;
  return { nodes: nodes.map(({ name, kind }) => ({ name, kind })), flows: flows.map(({ name }) => name) };
}

async function endOf(log: EventLog, lab: string): Promise<{ readonly position: Position }> {
  const head = await log.head(lab);
  if (head !== null) return head;
  throw new RangeError(`there is no lab ${lab}; recorded labs: ${(await log.labs()).join(', ') || 'none'}`);
}

/** Null where none was given. @throws RangeError for what is none, and for one that the lab does not have */
async function momentOf(log: EventLog, lab: string, text: unknown, end: Position): Promise<Moment | null> {
  if (typeof text !== 'string') return null;
  const moment = parseMoment(text);
  if (moment === null) throw new RangeError(`"${text}" is no moment; expected a position such as 98, or a time such as 12.5s`);
  if ('position' in moment) {
    if (moment.position <= end) return moment;
    throw new RangeError(`lab ${lab} ends at position ${end}; there is no position ${moment.position}`);
  }
  const beyond = await beyondEnd(log, lab, moment.atNs);
  if (beyond !== null) throw new RangeError(beyond);
  return { atNs: nanos(moment.atNs) };
}

async function eventsOf({ log }: Asking, asked: Asked, end: Position): Promise<Answer> {
  const { lab, from, to, types, nodes, where } = asked as Asked & {
    readonly from?: string;
    readonly to?: string;
    readonly types?: readonly string[];
    readonly nodes?: readonly string[];
    readonly where?: string;
  };
  const wanted = {
    ...selectionOf({
      ...(types === undefined ? {} : { type: collectTypes(types.join(',')) }),
      ...(nodes === undefined ? {} : { node: nodes }),
      ...(where === undefined ? {} : { where }),
    }),
    from: (await momentOf(log, lab, from, end)) ?? EVERYTHING.from,
    to: (await momentOf(log, lab, to, end)) ?? { position: end },
  };
  await refuseStrangers(log, lab, wanted);
  const events: ChainedEvent[] = [];
  for await (const stored of select(log, lab, wanted)) {
    if (events.length === EVENTS_MAX) return placed(log, lab, end, { events, next: stored.event.position });
    events.push(await toPublished(stored));
  }
  return placed(log, lab, end, { events, next: null });
}

async function explainQuestion(log: EventLog, asked: Asked, end: Position): Promise<Question> {
  const { lab, flow, event, frame, why } = asked;
  if ([flow, event, frame, why].filter((one) => one !== undefined).length !== 1) {
    throw new RangeError('expected one of flow, event, frame and why');
  }
  const until = await momentOf(log, lab, asked['at'], end);
  if (until !== null && why === undefined) throw new RangeError('only "why" is asked at a moment');
  return { ask: 'explain', lab, what: whatOf(asked, until) };
}

function whatOf({ flow, event, frame, why }: Asked, until: Moment | null): WhatToExplain {
  if (typeof event === 'number') return { of: 'event', position: event };
  if (typeof frame === 'string') return { of: 'frame', place: readFramePlace(frame) };
  return typeof why === 'string' ? { of: 'why', check: why, until } : { of: 'flow', flow: String(flow) };
}

function macQuestion({ lab, address }: Asked): Question {
  const mac = parseMac(String(address));
  if (mac === null) throw new RangeError(`"${address}" is not a MAC address; expected one such as 00:50:56:aa:00:01`);
  return { ask: 'mac', lab, mac };
}

async function differenceOf(asking: Asking, asked: Asked, end: Position): Promise<Answer> {
  const { log } = asking;
  const other = typeof asked['with'] === 'string' ? asked['with'] : asked.lab;
  const { position: otherEnd } = await endOf(log, other);
  const a = { lab: asked.lab, until: await momentOf(log, asked.lab, asked['at'], end) };
  const b = { lab: other, until: await momentOf(log, other, asked['withAt'], otherEnd) };
  const difference = await run(asking, { ask: 'diff', a, b });
  const sides = difference as { readonly a: { readonly position: Position }; readonly b: { readonly position: Position } };
  const chains = { chainOfB: await chainAt(log, other, sides.b.position) };
  return placed(log, asked.lab, sides.a.position, { ...difference, ...chains });
}

async function forkQuestion(log: EventLog, asked: Asked, end: Position): Promise<Question> {
  const { lab } = asked;
  const {
    run: commands = [],
    set = [],
    without = [],
  } = asked as Asked & Readonly<Record<'run' | 'set' | 'without', readonly string[]>>;
  const at = await momentOf(log, lab, asked['at'], end);
  const order = { lab, at, name: `${lab}-fork`, replace: true, run: commands, set: set.map(readSetting), without };
  return { ask: 'fork', order };
}

/** Whether an error says what is wrong with the question or the store, rather than with the code. */
export function isAnswerable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof LogDamaged || ['RangeError', 'CliError', 'QuestionRefused', 'Problem', 'StoreMissing'].includes(error.name)
  );
}
