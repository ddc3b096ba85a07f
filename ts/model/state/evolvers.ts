/** What events do to the state of one aggregate: at most one function per type of event. */
import type { EventData, EventType, LabEvent } from '../events/events.ts';

/** Changes the state in place. Never throws: a name the lab does not have changes nothing. */
export type Evolvers<S> = { readonly [T in EventType]?: (state: S, data: EventData[T], event: LabEvent) => void };

/** The word as the list has it; null for one that no version of ours writes. */
export function known<W extends string>(words: readonly W[], word: string): W | null {
  return words.find((one) => one === word) ?? null;
}
