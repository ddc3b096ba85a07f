import { expect, test } from 'vitest';
import { closestEventType, completionsOf, EVENT_TYPES, fieldNames } from './event-names.ts';
import { EVENT_KINDS } from './events.ts';

test('every event has a name, in the order of the numbers', () => {
  expect(EVENT_TYPES).toEqual(Object.keys(EVENT_KINDS));
});

test('a misspelt event type has a neighbour, a stranger has none', () => {
  expect(closestEventType('HaStateChange')).toBe('HaStateChanged');
  expect(closestEventType('framedroped')).toBe('FrameDropped');
  expect(closestEventType('xyz')).toBeNull();
});

test('the beginning of a type becomes all types that begin so, in any case of letters', () => {
  expect(completionsOf('hapeer')).toEqual(['HaPeerLost', 'HaPeerFound']);
  expect(completionsOf('')).toEqual(EVENT_TYPES);
  expect(completionsOf('Xyz')).toEqual([]);
});

test('a type and a dot become its fields', () => {
  expect(completionsOf('HaPeerLost.')).toEqual(['HaPeerLost.node', 'HaPeerLost.by', 'HaPeerLost.awaitedSinceNs']);
  expect(completionsOf('HaPeerLost.a')).toEqual(['HaPeerLost.awaitedSinceNs']);
  expect(completionsOf('constructor.')).toEqual([]);
  expect(fieldNames('toString')).toEqual([]);
});
