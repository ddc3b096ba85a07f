/** Names of events and of their fields, for those who complete words and guess what was meant. */
import { EVENT_NAMES } from '../../../gen/events/names.ts';
import { nearest } from '../../values/did-you-mean.ts';

/** Every event type, in the order of their numbers. */
export const EVENT_TYPES: readonly string[] = Object.keys(EVENT_NAMES);

/** The field names of an event type; none for a type that does not exist. */
export function fieldNames(type: string): readonly string[] {
  return Object.hasOwn(EVENT_NAMES, type) ? (EVENT_NAMES[type] ?? []) : [];
}

/** The event type that a misspelt word most likely stands for; null when none is near. */
export function closestEventType(word: string): string | null {
  return nearest(word, EVENT_TYPES);
}

/**
 * What a word may become: event types for "Ha", fields for "HaStateChanged.". A prefix in any case of letters.
 * @returns whole words, "HaStateChanged.from" among them.
 */
export function completionsOf(word: string): readonly string[] {
  const [type = '', ...rest] = word.split('.');
  const known = rest.length === 0 ? EVENT_TYPES : fieldNames(type).map((field) => `${type}.${field}`);
  return known.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()));
}
