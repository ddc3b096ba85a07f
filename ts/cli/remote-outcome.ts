/** What a server says a command came to, as the outcome it was before it was published (services/publish-event.ts). */

import { fromHex } from '../model/events/chain.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { ForkReport } from '../services/debug/fork-lab.ts';
import type { publishFork } from '../services/debug/publish-difference.ts';
import type { CommandOutcome } from '../services/living/lab-commands.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import type { Json, SuccessOf } from './api-call.ts';

/** Answers of the operations that a lab settles after. */
export type Settled = { [O in 'deployLab' | 'sendCommand' | 'destroyLab']: SuccessOf<O> }[
  | 'deployLab'
  | 'sendCommand'
  | 'destroyLab'];

/** What a request came to that was not refused. */
export function outcomeOf(id: string, json: Settled): CommandOutcome {
  if (json.status === 'forgotten') return { status: 'forgotten', id };
  if (json.status !== 'done') return { status: 'pending', id };
  return { status: 'done', id, events: eventsOf(json.events), position: json.position };
}

/** What a problem `command-refused` says. */
export function refusalOf(id: string, json: Json): CommandOutcome {
  const reasons = Array.isArray(json['reasons']) ? json['reasons'].map(textOf) : [];
  return { status: 'refused', id, reasons, events: eventsOf(json['events']), position: Number(json['position']) };
}

/** The report of a fork, as it was before it was published (services/debug/publish-difference.ts). */
export function reportOf(json: Json): ForkReport {
  const { difference, ...rest } = json as unknown as ReturnType<typeof publishFork>;
  const { firstDivergence: first, events, ...differs } = difference;
  const { compared, onlyA, onlyB, moved } = events;
  const told = {
    compared,
    first: first === null ? null : { a: orNull(first.a), b: orNull(first.b) },
    onlyA: eventsOf(onlyA),
    onlyB: eventsOf(onlyB),
    moved: moved.map(({ a, b }) => ({ a: eventOf(a as unknown as Json), b: eventOf(b as unknown as Json) })),
  };
  return { ...rest, difference: { ...differs, events: told } };
}

function orNull(published: object | null): LabEvent | null {
  return published === null ? null : eventOf(published as Json);
}

/** Events as they were before they were published (publish-event.ts). */
function eventsOf(published: unknown): readonly LabEvent[] {
  return Array.isArray(published) ? (published as Json[]).map(eventOf) : [];
}

function eventOf({ position, atNs, type, cause, data }: Json): LabEvent {
  return { position, atNs, type, cause, data: dataOf(type, data as Json) } as unknown as LabEvent;
}

function dataOf(type: unknown, data: Json): Json {
  switch (type) {
    case 'LabDefined':
      return { ...data, definition: canonicalJson(data['definition']) };
    case 'FrameDropped':
      return { ...data, head: fromHex(textOf(data['head'])) };
    case 'FramesReceived':
      return { ...data, frames: (data['frames'] as Json[]).map((frame) => ({ ...frame, bytes: fromHex(textOf(frame['bytes'])) })) };
    default:
      return data;
  }
}

/** A text that was sent; empty where something else was. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
