import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FlowReport } from '../engine/derived.ts';
import type { LabEvent } from '../model/events/events.ts';
import { streamEventsTable, WINDOW_EVENTS } from './events-table.ts';
import { connectionTables, flowTable } from './report-tables.ts';
import { clipped, fittedWidths, table } from './table.ts';

const COLUMNS = 60;
const LONG = 'x'.repeat(200);

/** Stands for the terminal that a test has none of. */
function pretendTerminal(isTTY: boolean, columns: number): () => void {
  const { stdout } = process;
  const before = { isTTY: stdout.isTTY, columns: stdout.columns };
  Object.assign(stdout, { isTTY, columns });
  return () => void Object.assign(stdout, before);
}

async function longTable(): Promise<string[]> {
  const events = async function* (): AsyncGenerator<LabEvent> {
    for (let position = 1; position <= WINDOW_EVENTS + 10; position++) {
      await Promise.resolve();
      const data = { command: position > WINDOW_EVENTS ? LONG : 'crash fw1', id: '' };
      yield { position, atNs: position, cause: 0, type: 'CommandReceived', data } as unknown as LabEvent;
    }
  };
  const lines: string[] = [];
  for await (const piece of streamEventsTable(events())) lines.push(...piece.split('\n'));
  return lines;
}

describe('on a terminal of 60 columns', () => {
  let restore: () => void;
  beforeEach(() => {
    restore = pretendTerminal(true, COLUMNS);
  });
  afterEach(() => restore());

  test('no line of a table is wider, what is cut ends in "…", and short columns stay whole', () => {
    const lines = table(['name', 'text', { head: 'n', align: 'right' }], [['fw1:eth1', LONG, 12345]]).split('\n');
    for (const line of lines) expect(line).toHaveLength(COLUMNS);
    expect(lines.find((line) => line.includes('fw1:eth1'))).toMatch(/│ fw1:eth1 │ x+… │ 12345 │/);
  });

  test('no line of a streamed table is wider, not even of a later event with a longer text', async () => {
    const lines = await longTable();
    expect(lines).toHaveLength(WINDOW_EVENTS + 11);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(COLUMNS);
    expect(lines.at(-1)).toContain('…');
  });
});

describe('where no terminal is', () => {
  let restore: () => void;
  beforeEach(() => {
    restore = pretendTerminal(false, COLUMNS);
  });
  afterEach(() => restore());

  test('texts are whole', async () => {
    expect(table(['name', 'text'], [['a', LONG]])).toContain(LONG);
    expect((await longTable()).at(-1)).toContain(LONG);
  });

  test('flows are in the order in which people count', () => {
    const flows = ['f10', 'f2', 'f1'].map((name) => {
      return {
        name,
        sent: 1,
        received: 1,
        lost: 0,
        longestGapNs: 0,
        longestGapFromNs: 0,
        latencyNs: null,
      } as unknown as FlowReport;
    });
    const names = flowTable(flows)
      .split('\n')
      .slice(1)
      .map((line) => line.split(' ')[0]);
    expect(names).toEqual(['f1', 'f2', 'f10']);
  });
});

test('connections of TCP flows have a table of their own, and a lab without them has none', () => {
  const none = { name: 'u', tcp: null } as unknown as FlowReport;
  const tcp = { state: 'reset', connectedNs: 1e9, retransmissions: 3, longestStallNs: 2e9, longestStallFromNs: 4e9 };
  const web = { name: 'web', tcp: { ...tcp, stalledNs: 0, resetNs: 6e9, resetBy: 'srv' } } as unknown as FlowReport;
  expect(connectionTables([none])).toEqual([]);
  const [text = '', ...more] = connectionTables([none, web]);
  expect(more).toEqual([]);
  expect(text.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['TCP FLOW', 'OUTCOME', 'CONNECTED AT', 'SENT AGAIN', 'LONGEST STALL', 'FROM', 'RESET AT', 'BY'],
    ['web', 'reset', '1 s', '3', '2 s', '4 s', '6 s', 'srv'],
  ]);
});

test('the widest columns give way first, and equally', () => {
  expect(fittedWidths([5, 50, 40], 45)).toEqual([5, 20, 20]);
  expect(fittedWidths([5, 50, 40], 95)).toEqual([5, 50, 40]);
  expect(fittedWidths([5, 50], 1)).toEqual([1, 1]);
  expect(clipped('abcdef', 4)).toBe('abc…');
  expect(clipped('abcd', 4)).toBe('abcd');
});
