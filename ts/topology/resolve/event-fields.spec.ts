import { expect, test } from 'vitest';
import { fieldsOf, valueFault } from './event-fields.ts';

test('an event type has its fields with their kinds; a stranger has none', () => {
  expect(fieldsOf('SpoofDetected')).toEqual(
    new Map([
      ['node', 'string'],
      ['count', 'number'],
    ]),
  );
  expect(fieldsOf('FramesReceived')?.get('frames')).toBe('other');
  expect(fieldsOf('FrameDropped')?.get('head')).toBe('other');
  expect(fieldsOf('constructor')).toBeNull();
});

test.each([
  ['HaStateChanged', 'to', 'actve', 'HaStateChanged.to is never "actve"; did you mean "active"?'],
  ['BridgeModeChanged', 'mode', 'on', 'BridgeModeChanged.mode is never "on"; expected veb, vepa'],
  ['FrameDropped', 'vlan', 4096, 'FrameDropped.vlan is never 4096; expected a whole number from 0 to 4095'],
  ['FramesDropped', 'count', -1, `FramesDropped.count is never -1; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`],
  ['FramesDropped', 'count', 1.5, `FramesDropped.count is never 1.5; expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`],
])('a value that no event has is a fault: %s.%s %s', (type, field, value, fault) => {
  expect(valueFault(type, field, value)).toBe(fault);
});

test.each([
  ['HaStateChanged', 'to', 'active'],
  ['HaStateChanged', 'reason', 'anything'],
  ['FrameDropped', 'vlan', 4095],
  ['HaStateChanged', 'to', 5],
  ['Stranger', 'to', 'active'],
])('a value that an event may have, and whatever is not known, is none: %s.%s %s', (type, field, value) => {
  expect(valueFault(type, field, value)).toBeNull();
});
