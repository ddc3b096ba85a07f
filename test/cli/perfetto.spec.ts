/**
 * The trace for Perfetto. Perfetto binds both ends of an arrow to the slice that encloses them, and does not draw slices that partly overlap
 * (google/perfetto#5012); so the trace is held to what it reads, after the rounding that it may do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../ts/services/publish/perfetto.ts';
import { HA_LAB, ndjson, type PublishedEvent, recorded, scratch, switchback } from './switchback.ts';

interface Trace {
  readonly displayTimeUnit: string;
  readonly traceEvents: readonly TraceEvent[];
}

/** Of the format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, as far as it is used. */
const base = { name: { type: 'string' }, pid: { type: 'integer', minimum: 1 }, tid: { type: 'integer', minimum: 1 } };
const ts = { type: 'number', minimum: 0 };
const entry = (ph: string, more: Readonly<Record<string, object>>): object => ({
  type: 'object',
  additionalProperties: false,
  required: ['ph', ...Object.keys(base), ...Object.keys(more)],
  properties: { ph: { const: ph }, ...base, ...more },
});
const arrow = { cat: { const: 'cause' }, id: { type: 'integer', minimum: 1 }, ts };
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['displayTimeUnit', 'otherData', 'traceEvents'],
  properties: {
    displayTimeUnit: { const: 'ns' },
    otherData: { type: 'object', required: ['lab', 'chain'] },
    traceEvents: {
      type: 'array',
      items: {
        oneOf: [
          entry('M', { args: { type: 'object', required: ['name'] } }),
          entry('X', {
            cat: { enum: ['event', 'state'] },
            ts,
            dur: { type: 'number', exclusiveMinimum: 0 },
            args: { type: 'object' },
          }),
          entry('s', arrow),
          entry('f', { ...arrow, bp: { const: 'e' } }),
        ],
      },
    },
  },
};

let events: readonly PublishedEvent[];
let trace: Trace;

beforeAll(() => {
  const data = recorded(HA_LAB);
  const file = join(scratch(), 'trace.json');
  expect(switchback(['export', 'ha-assigned-mac', '--perfetto', '-o', file, '--data', data]).code).toBe(0);
  trace = JSON.parse(readFileSync(file, 'utf8')) as Trace;
  events = ndjson<PublishedEvent>(['events', 'ha-assigned-mac', '--data', data]);
});

/** As Perfetto reads a time: nanoseconds, cut off. */
const read = (us = 0): number => Math.trunc(us * 1000);
const ofKind = (ph: TraceEvent['ph']): readonly TraceEvent[] => trace.traceEvents.filter((one) => one.ph === ph);
const nameOf = (pid: number): unknown => ofKind('M').find((one) => one.name === 'process_name' && one.pid === pid)?.args?.['name'];

describe('the trace of the HA lab', () => {
  test('keeps to the schema of the format', () => {
    const validate = new Ajv({ strict: false }).compile(SCHEMA);
    validate(trace);
    expect(validate.errors).toBeNull();
  });

  test('has a slice for each event on the track of its node, with its true time', () => {
    const slices = ofKind('X').filter(({ cat }) => cat === 'event');
    expect(slices.map(({ args }) => args?.['position'])).toEqual(events.map(({ position }) => position));
    for (const [index, { type, atNs, data }] of events.entries()) {
      const slice = slices[index];
      expect(slice).toMatchObject({ name: type, args: { atNs } });
      expect(nameOf(slice?.pid ?? 0)).toBe(data['node'] ?? 'lab');
      expect(read(slice?.ts) - atNs).toBeLessThan(1000);
    }
  });

  test('has one arrow for each cause, equal times included, that begins and ends in the slices of both', () => {
    const caused = events.filter(({ cause }) => cause > 0);
    expect(caused.filter(({ cause, atNs }) => events[cause - 1]?.atNs === atNs).length).toBeGreaterThan(20);
    const slices = ofKind('X').filter(({ cat }) => cat === 'event');
    const [starts, ends] = [ofKind('s'), ofKind('f')];
    expect(starts.map(({ id }) => id)).toEqual(caused.map(({ position }) => position));
    expect(ends.map(({ id }) => id)).toEqual(starts.map(({ id }) => id));
    for (const [index, { position, cause }] of caused.entries()) {
      const [start, end, from, to] = [starts[index], ends[index], slices[cause - 1], slices[position - 1]];
      expect([start?.tid, end?.tid]).toEqual([from?.tid, to?.tid]);
      expect([read(start?.ts), read(end?.ts)]).toEqual([read(from?.ts), read(to?.ts)]);
      expect(read(start?.ts)).toBeLessThan(read(end?.ts));
    }
  });

  test('no two slices of a track overlap or have no length, however times are cut off', () => {
    const free = new Map<number, number>();
    for (const { tid, ts, dur } of ofKind('X')) {
      expect(read(ts)).toBeGreaterThanOrEqual(free.get(tid) ?? 0);
      expect(read(dur)).toBeGreaterThan(0);
      free.set(tid, read(ts) + read(dur));
    }
  });

  test('shows roles and carriers as slices that last until the next', () => {
    const tracks = ofKind('M').filter(({ name, args }) => name === 'thread_name' && args?.['name'] === 'role');
    const roles = tracks.map(({ tid, pid }) => [
      nameOf(pid),
      ...ofKind('X')
        .filter((one) => one.tid === tid)
        .map(({ name }) => name),
    ]);
    expect(roles).toEqual([
      ['fw1', 'initial', 'active', 'no power'],
      ['fw2', 'initial', 'passive', 'active'],
    ]);
    const active = ofKind('X').find(({ name, pid }) => name === 'active' && nameOf(pid) === 'fw2');
    expect([read(active?.ts), read(active?.dur)].map((ns) => Math.round(ns / 1e6))).toEqual([30_000, 30_000]);
    const carriers = ofKind('M').filter(
      ({ name, args }) => name === 'thread_name' && String(args?.['name']).startsWith('carrier '),
    );
    expect(carriers.length).toBeGreaterThan(20);
  });
});
