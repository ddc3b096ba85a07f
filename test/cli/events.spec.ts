import { describe, expect, test } from 'vitest';
import { HA_LAB, json, ndjson, type PublishedEvent, recorded, switchback } from './switchback.ts';

const data = recorded(HA_LAB);
const LAB = ['events', 'ha-assigned-mac', '--data', data];
const all = ndjson<PublishedEvent>(LAB);

describe('events -f ndjson', () => {
  test('prints one event a line, positions from 1 without a gap, times never going back', () => {
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index + 1));
    expect(all.every(({ atNs }, index) => atNs >= (all[index - 1]?.atNs ?? 0))).toBe(true);
    expect(all.every(({ chain }) => /^[0-9a-f]{64}$/.test(chain))).toBe(true);
  });

  test('prints the definition of the lab as an object', () => {
    expect(all[0]).toMatchObject({ type: 'LabDefined', kind: 'input', cause: 0, data: { definition: { schema: 1 } } });
  });

  test('inputs have no cause, outcomes an earlier one', () => {
    for (const { kind, cause, position } of all) {
      if (kind === 'input') expect(cause).toBe(0);
      else expect(cause > 0 && cause < position).toBe(true);
    }
  });
});

describe('events can be chosen', () => {
  test('by position, both ends included', () => {
    expect(ndjson<PublishedEvent>([...LAB, '--from', '5', '--to', '7'])).toEqual(all.slice(4, 7));
  });

  test('by time, both ends included', () => {
    const chosen = ndjson<PublishedEvent>([...LAB, '--from', '20.5s', '--to', '28s']);
    expect(chosen).toEqual(all.filter(({ atNs }) => atNs >= 20.5e9 && atNs <= 28e9));
    expect(chosen.length).toBeGreaterThan(5);
  });

  test('by type, several ways', () => {
    const wanted = all.filter(({ type }) => type === 'GarpSent' || type === 'HaStateChanged');
    expect(ndjson([...LAB, '--type', 'GarpSent,HaStateChanged'])).toEqual(wanted);
    expect(ndjson([...LAB, '--type', 'GarpSent', '--type', 'HaStateChanged'])).toEqual(wanted);
    expect(ndjson([...LAB, '--type', 'garpsent,HASTATECHANGED'])).toEqual(wanted);
  });
});

test('every format says the same', () => {
  expect(json<{ lab: string; events: unknown[] }>(LAB)).toEqual({ lab: 'ha-assigned-mac', events: all });
  expect(json<{ events: unknown[] }>([...LAB, '--type', 'EngineHalted']).events).toEqual([]);
  const csv = switchback([...LAB, '-f', 'csv'])
    .stdout.trimEnd()
    .split('\n');
  expect(csv).toHaveLength(all.length + 1);
  expect(csv[0]).toBe('position,atNs,type,kind,cause,who,text,chain');
  const table = switchback(LAB).stdout.trimEnd().split('\n');
  expect(table).toHaveLength(all.length + 1);
});

test('the time line tells who crashed, who took over, each gratuitous ARP, who heard, and what was lost', () => {
  const { stdout } = switchback([...LAB, '-f', 'timeline']);
  for (const sentence of [
    /20\.500000000 +#\d+ +lab +> crash fw1/,
    /fw1 +crashed/,
    /28\.000000000 +#\d+ +fw2 +peer declared lost: no heartbeat since 22 s/,
    /30\.000000000 +#\d+ +fw2 +HA passive -> active \(peer-lost\)/,
    /gratuitous ARP 1, 2: 10\.0\.1\.1 is at 00:50:56:bb:00:01 \(eth1\)/,
    /38\.000000000 +#\d+ +fw2 +gratuitous ARP 10: /,
    /client1:eth0 +10\.0\.1\.1 moves from 00:50:56:aa:00:01 \(fw1:eth1\) to 00:50:56:bb:00:01 \(fw2:eth1\), learned from #\d+/,
    /fw1:eth1 +drops 19,\d{3} frames until [\d.]+ s: interface-down, cause #\d+/,
  ]) {
    expect(stdout).toMatch(sentence);
  }
});
