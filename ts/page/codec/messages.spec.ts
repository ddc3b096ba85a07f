/**
 * Messages from a table against the generated code of gen/proto/events.js, which Node runs:
 *
 *   event ─► generated ─► bytes ═ bytes ◄─ table
 *   bytes, sound or damaged ─► generated ─► object or refusal ═ object or refusal ◄─ table
 */
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, test } from 'vitest';
import * as generated from '../../../gen/proto/events.js';
import { tableOf } from '../../../scripts/page-codec.ts';
import { anyEvent } from '../../../test/support/events.ts';
import { encodeBody } from '../../model/events/codec.ts';
import { StrictReader } from '../../model/events/codec-strict.ts';
import { EVENT_KINDS, type EventType } from '../../model/events/events.ts';
import { kindsOf, messagesOf } from './messages.ts';

const table = messagesOf(tableOf());

interface Decoder {
  readonly decode: (reader: never) => object;
}

/** The object that a decoder reads, what of it is its own, and what it did not know; or its refusal. */
function outcomeOf(decoder: Decoder, bytes: Uint8Array): unknown {
  try {
    const found = decoder.decode(new StrictReader(bytes) as never) as Record<string, unknown>;
    return [plain(found), found['$unknowns']];
  } catch (error) {
    return (error as Error).message;
  }
}

/** Own fields and those behind them, without the class. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.keys(value).sort();
  const behind: string[] = [];
  for (const name in value) if (!Object.hasOwn(value, name) && !own.includes(name)) behind.push(name);
  return [own, [...own, ...behind.sort()].map((name) => [name, plain((value as Record<string, unknown>)[name])])];
}

describe('messages from a table', () => {
  test('have the fields of the generated ones', () => {
    expect(table.FIELDS).toEqual(generated.FIELDS);
    expect(Object.keys(table.switchback.v1)).toEqual(Object.keys(generated.switchback.v1));
  });

  test('tell the events, and which of them are inputs', () => {
    const inputs = Object.keys(EVENT_KINDS).filter((type) => EVENT_KINDS[type as EventType] === 'input');
    expect(Object.entries(kindsOf(table.FIELDS, inputs)).sort()).toEqual(Object.entries(EVENT_KINDS).sort());
  });

  test('are written as the same bytes', () => {
    fc.assert(
      fc.property(anyEvent, ({ type, data }) => {
        const [ours, theirs] = [table.switchback.v1[type], generated.switchback.v1[type]];
        const written = ours?.encode(data, new protobuf.Writer() as never).finish();
        expect(written).toEqual(theirs?.encode(data, new protobuf.Writer()).finish());
      }),
      { numRuns: 150 },
    );
  });

  test('are read as the same objects, and refused with the same words', () => {
    const [ours, theirs] = [table.switchback.v1['Body'], generated.switchback.v1['Body']] as unknown as [Decoder, Decoder];
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(anyEvent, changes, fc.nat(8), fc.boolean(), (event, damage, cut, twice) => {
        const sound = encodeBody(event);
        const bytes = Uint8Array.from(twice ? [...sound, ...sound] : sound).subarray(0, sound.length * (twice ? 2 : 1) - (cut % 3));
        for (const [at, byte] of damage) bytes[at % bytes.length] = byte;
        expect(outcomeOf(ours, bytes)).toEqual(outcomeOf(theirs, bytes));
      }),
      { numRuns: 800 },
    );
  });

  test('a default that somebody wrote is no field of its own, and an unknown field is kept', () => {
    const [ours, theirs] = [table.switchback.v1['GarpSent'], generated.switchback.v1['GarpSent']] as unknown as [Decoder, Decoder];
    for (const bytes of [
      [0x0a, 0],
      [0x28, 0],
      [0xfa, 0x3e, 1, 7],
      [0x0a, 1, 0x61, 0x0a, 0],
      [0x2b, 0x2c],
      [0x08, 1],
    ]) {
      expect(outcomeOf(ours, Uint8Array.from(bytes))).toEqual(outcomeOf(theirs, Uint8Array.from(bytes)));
    }
  });
});
