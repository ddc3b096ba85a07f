import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FIELDS } from '../../../gen/proto/events.js';
import { loadProtos } from '../../../scripts/proto.ts';
import { anyEvent, garp, TYPES } from '../../../test/support/events.ts';
import { toHex } from './chain.ts';
import { bodyPosition, bodyType, decodeBody, decodeRecord, encodeBody, encodeRecord, eventToJson } from './codec.ts';
import { Undecodable } from './codec-strict.ts';
import type { LabEvent } from './events.ts';
import type { LogRecord } from './record.ts';

/** An event with one thing changed that the compiler would not let through. */
function withData(changes: object): LabEvent {
  return { ...garp, data: { ...garp.data, ...changes } } as LabEvent;
}

describe('an encoded event', () => {
  test('is these bytes, for ever', () => {
    expect(toHex(encodeBody(garp))).toBe(
      '08ac021080babbc82e18ab02d202310a03667732120b65746865726e6574312f311a0831302e302e302e31221130303a35303a35363a61613a30303a30312803',
    );
  });

  test('of any type decodes to what it was', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyEvent, (event) => {
        seen.add(event.type);
        expect(decodeBody(encodeBody(event))).toEqual(event);
      }),
      { numRuns: 1000 },
    );
    expect([...seen].sort()).toEqual([...TYPES].sort());
  });

  test.each(TYPES)('of type %s has all its fields after decoding, though defaults are not written', (type) => {
    const defaults: Record<string, unknown> = { string: '', uint64: 0, uint32: 0, bool: false, bytes: new Uint8Array() };
    const fields = Object.entries(FIELDS[type] ?? {}).map(([name, fieldType]) => [name, defaults[fieldType] ?? []]);
    const event = { ...garp, type, data: Object.fromEntries(fields) } as LabEvent;
    expect(encodeBody(event).length).toBeLessThan(20);
    expect({ ...decodeBody(encodeBody(event)).data }).toEqual(event.data);
  });

  test('has the bytes that another implementation of protobuf writes', () => {
    const body = loadProtos().lookupType('switchback.v1.Body');
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { type, data, position, atNs, cause } = event;
        const field = type.charAt(0).toLowerCase() + type.slice(1);
        expect(toHex(encodeBody(event))).toBe(
          toHex(body.encode(body.fromObject({ position, atNs, cause, [field]: data })).finish()),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('is encoded again to the same bytes after it was decoded', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(encodeBody(decodeBody(encodeBody(event)))).toEqual(encodeBody(event));
      }),
    );
  });

  test('decodes from a Buffer as from any other bytes', () => {
    const event = {
      ...garp,
      type: 'FramesReceived',
      data: { node: 'a', interface: 'b', frames: [{ afterNs: 1, bytes: Uint8Array.of(9) }] },
    };
    expect(decodeBody(Buffer.from(encodeBody(event as LabEvent)))).toEqual(event);
  });

  test('tells its position without being decoded', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(bodyPosition(encodeBody(event))).toBe(event.position);
      }),
    );
  });
});

describe('encoding refuses', () => {
  const bad: readonly [what: string, event: unknown, message: RegExp][] = [
    ['a missing field', withData({ seq: undefined }), /GarpSent\.seq: expected uint32, got nothing/],
    ['a misspelt field', withData({ adress: '10.0.0.2' }), /GarpSent\.adress: there is no such field/],
    ['a bigint', withData({ seq: 3n }), /GarpSent\.seq: expected uint32, got bigint 3/],
    ['a number in a text field', withData({ ip: 7 }), /GarpSent\.ip: expected string/],
    ['a null', withData({ ip: null }), /GarpSent\.ip: expected string/],
    ['a number of more than 32 bits where 32 are kept', withData({ seq: 2 ** 32 }), /GarpSent\.seq: expected uint32/],
    ['a negative number', withData({ seq: -1 }), /GarpSent\.seq/],
    ['a fraction', withData({ seq: 1.5 }), /GarpSent\.seq/],
    ['half of a character', withData({ node: 'a\ud800b' }), /GarpSent\.node: expected string/],
    ['a time beyond 2^53', { ...garp, atNs: 2 ** 53 }, /atNs: expected uint64/],
    ['a position of 0', { ...garp, position: 0 }, /count from 1/],
    ['a missing cause', { ...garp, cause: undefined }, /cause: expected uint64/],
    ['an event that does not exist', { ...garp, type: 'GarpReceived' }, /no event named GarpReceived/],
    ['the name of a message that is no event', { ...garp, type: 'Record' }, /no event named Record/],
    ['no data', { ...garp, data: null }, /expected GarpSent/],
    ['a list where one is due', withData({ ip: ['10.0.0.1'] }), /GarpSent\.ip/],
    [
      'one where a list is due',
      { ...garp, type: 'CommandRefused', data: { command: 'x', reasons: 'y' } },
      /reasons: expected string\[\]/,
    ],
    [
      'a wrong item of a list',
      { ...garp, type: 'CommandRefused', data: { command: 'x', reasons: ['y', 1] } },
      /reasons\[1\]: expected string/,
    ],
    [
      'a misspelt field inside a list',
      {
        ...garp,
        type: 'FramesReceived',
        data: { node: '', interface: '', frames: [{ afterNs: 0, bytes: new Uint8Array(), at: 1 }] },
      },
      /FramesReceived\.frames\[0\]\.at: there is no such field/,
    ],
  ];
  test.each(bad)('%s', (_, event, message) => {
    expect(() => encodeBody(event as LabEvent)).toThrow(TypeError);
    expect(() => encodeBody(event as LabEvent)).toThrow(message);
  });
});

describe('decoding', () => {
  test('answers an event or throws Undecodable, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyUndecodable(() => decodeBody(bytes))),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyUndecodable(() => decodeRecord(bytes))));
  });

  test('answers an event or throws Undecodable when bits of a real one flip, or its end is missing', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), fc.nat(), (event, bit, end) => {
        const bytes = encodeBody(event).slice();
        const at = bit % (bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7));
        expect(onlyUndecodable(() => decodeBody(bytes))).toBe(true);
        expect(onlyUndecodable(() => decodeBody(encodeBody(event).subarray(0, end % bytes.length)))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('says that an event is newer than itself, and what it is not', () => {
    // Field 2000: an event that a later version may bring.
    expect(caught(() => decodeBody(Uint8Array.of(0x08, 1, 0x82, 0x7d, 0)))).toMatchObject({ name: 'Undecodable', newer: true });
    expect(caught(() => decodeBody(Uint8Array.of(0x08, 1)))).toMatchObject({ name: 'Undecodable', newer: false });
    expect(caught(() => decodeBody(new Uint8Array()))).toMatchObject({ name: 'Undecodable', newer: false });
  });

  test('reads an event that has grown a field since', () => {
    const body = Uint8Array.of(0x08, 1, 0xf2, 0x01, 6, 0x0a, 1, 0x78, 0xfa, 0x06, 0);
    expect(decodeBody(body)).toMatchObject({ type: 'CommandAccepted', data: { command: 'x' }, position: 1 });
  });

  test('refuses two payloads, and numbers beyond 2^53', () => {
    const [one, two] = [Uint8Array.of(0xf2, 0x01, 0), Uint8Array.of(0x52, 0)];
    expect(() => decodeBody(Uint8Array.of(0x08, 1, ...one, ...two))).toThrow(/more than one payload/);
    const tooLong = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(() => decodeBody(Uint8Array.from([...tooLong, ...one]))).toThrow(/beyond 2\^53/);
    expect(() => bodyPosition(Uint8Array.from(tooLong))).toThrow(/beyond 2\^53/);
    expect(() => bodyPosition(Uint8Array.of(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10))).toThrow(/beyond 2\^53/);
  });
});

test('the type of an event is read from its bytes, the first time and the next', () => {
  for (let round = 0; round < 2; round++) {
    for (const cause of [0, 7]) {
      expect(bodyType(encodeBody({ ...garp, cause }))).toBe('GarpSent');
      expect(bodyType(encodeBody({ ...garp, type: 'TimeAdvanced', data: { toNs: 5 }, cause }))).toBe('TimeAdvanced');
    }
  }
  expect(() => bodyType(Uint8Array.of(0x08, 1))).toThrow(Undecodable);
});

describe('a record', () => {
  const record: LogRecord = {
    position: 300,
    body: encodeBody(garp),
    chain: new Uint8Array(32).fill(5),
    recordedAtMs: 1_790_000_000_000,
    commandId: 'c-1',
    checkpoint: { engine: 'e', region: Uint8Array.of(1), agents: Uint8Array.of(2) },
    settled: true,
  };

  test('decodes to what it was, with a checkpoint and without', () => {
    expect(decodeRecord(encodeRecord('lab', record))).toEqual({ lab: 'lab', record });
    expect(decodeRecord(encodeRecord('', { ...record, checkpoint: null }))).toEqual({
      lab: '',
      record: { ...record, checkpoint: null },
    });
  });

  test('is refused with a missing or a wrong field', () => {
    for (const wrong of [
      { commandId: undefined },
      { recordedAtMs: 1.5 },
      { settled: 1 },
      { body: 'text' },
      { checkpoint: undefined },
      { checkpoint: { engine: 'e' } },
    ]) {
      expect(() => encodeRecord('lab', { ...record, ...wrong } as LogRecord)).toThrow(TypeError);
    }
  });
});

test('an event as JSON has all its fields, defaults too, and its bytes as hex', () => {
  const received: LabEvent = {
    ...garp,
    type: 'FramesReceived',
    data: { node: '', interface: 'eth1', frames: [{ afterNs: 0, bytes: Uint8Array.of(0, 255) }] },
  };
  expect(JSON.stringify(eventToJson(decodeBody(encodeBody(received))))).toBe(
    '{"position":300,"atNs":12500000000,"cause":299,"type":"FramesReceived",' +
      '"data":{"node":"","interface":"eth1","frames":[{"afterNs":0,"bytes":"00ff"}]}}',
  );
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

function onlyUndecodable(work: () => unknown): boolean {
  const error = caught(work);
  return error === null || error instanceof Undecodable;
}
