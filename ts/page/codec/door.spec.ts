/**
 * The control door from a table against the generated bindings of gen/dataplane/dataplane.js, which Node runs:
 *
 *   call ─► generated ─► result or refusal ═ result or refusal ◄─ table
 *                 └─► memory ═ memory ◄─┘
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as generated from '../../../gen/dataplane/dataplane.js';
import { doorTable } from '../../../scripts/page-door.ts';
import { instantiateOf } from './door.ts';

const module = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const table = doorTable();

type Door = Readonly<Record<string, (...given: unknown[]) => unknown>>;
interface Opened {
  readonly door: Door;
  readonly memory: WebAssembly.Memory;
}

function opened(instantiate: ReturnType<typeof instantiateOf>): Opened {
  let memory: WebAssembly.Memory | null = null;
  const { control } = instantiate(
    () => module,
    {},
    (core, imports) => {
      const instance = new WebAssembly.Instance(core, imports);
      memory = instance.exports['memory'] as WebAssembly.Memory;
      return instance;
    },
  );
  if (memory === null) throw new Error('no memory');
  return { door: control, memory };
}

function outcomeOf(door: Door, name: string, given: readonly unknown[]): unknown {
  try {
    return { is: door[name]?.(...given) };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

const SIZES = {
  nodes: 4,
  ports: 8,
  lines: 8,
  flows: 4,
  timers: 8,
  routes: 16,
  neighbours: 64,
  fdb: 64,
  dropRuns: 16,
  descriptors: 64,
};
const MORE = { smallBuffers: 64, jumboBuffers: 4, fanMax: 8, elements: 65_536, ioSlots: 8, traceBytes: 0 };

/** Both doors, with a router of two ports and a flow behind them. */
function pair(): readonly [Opened, Opened] {
  const both = [opened(generated.instantiate as never), opened(instantiateOf(table))] as const;
  for (const { door } of both) {
    door['layOut']?.({ ...SIZES, ...MORE });
    const node = { id: 0, kind: 1, nodeFlags: 0, firstPort: 0, portCount: 2, fdbSlots: 16, fdbLimit: 8, ageingNs: 300n };
    door['configureNode']?.({ ...node, routeMax: 8, neighbourSlots: 16, reachableNs: 30n });
    for (const id of [0, 1]) {
      const port = { id, node: 0, portFlags: 1, vlan: 0, mtu: 1500, frameMax: 1518, mac: 0x0200_0000_0001n + BigInt(id) };
      door['configurePort']?.({ ...port, learnLimit: 0, cause: 1 });
    }
  }
  return both;
}

/** What functions are given: sound numbers of each type, and one that is not of its type. */
function valuesOf(given: string, record: string | undefined, seed: number): readonly unknown[] {
  const number = (type: string): unknown => {
    if (seed === 3) return type === 'l' ? -1n : 0.5;
    if (type === 'b') return seed === 1;
    return type === 'l' ? [0n, 1n, 2n ** 64n - 1n][seed] : [0, 1, 2][seed];
  };
  if (record === undefined) return [...given].map(number);
  return [Object.fromEntries(record.split(',').map((field) => [field.split(':')[0], number(field.split(':')[1] ?? 'i')]))];
}

/** A door to no data plane: each function leaves the same bytes, no two of them next to each other equal, of which a list is three rows. */
function openedOverPattern(instantiate: ReturnType<typeof instantiateOf>): Door {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = new Uint8Array(memory.buffer);
  for (const at of bytes.keys()) bytes[at] = at * 7;
  new Uint32Array(memory.buffer).set([LIST_AT, 3], RESULT_AT / 4);
  const exports = new Proxy({ memory } as Record<string, unknown>, {
    get: (own, name: string) => own[name] ?? (() => answers.get(name.slice(name.indexOf('#') + 1)) ?? RESULT_AT),
  });
  return instantiate(
    () => module,
    {},
    () => ({ exports }) as never,
  ).control;
}

const RESULT_AT = 64;
const LIST_AT = 512;
/** Functions that give a number back, not where one lies. */
const answers = new Map<string, number | bigint>([
  ['has-happened', 1],
  ['read-queue-frames', 7n],
  ['take-spoofed', 8n],
]);

describe('the control door from a table', () => {
  test('has the functions of the generated one', () => {
    const [one, two] = pair();
    expect(Object.keys(two.door).sort()).toEqual(Object.keys(one.door).sort());
  });

  test('answers, refuses and writes memory as the generated one does, and is closed behind a trap', () => {
    const answers = new Set<string>();
    for (const seed of [0, 1, 2, 3]) {
      let [one, two] = pair();
      for (const text of table.functions.split(',')) {
        const [name = '', given = ''] = text.split(' ');
        const values = valuesOf(given, table.records[given], seed);
        const outcome = outcomeOf(one.door, name, values);
        expect([name, values, outcomeOf(two.door, name, values)]).toEqual([name, values, outcome]);
        expect(Buffer.compare(new Uint8Array(two.memory.buffer), new Uint8Array(one.memory.buffer)), name).toBe(0);
        answers.add(Object.keys(outcome as object).join());
        const closed = outcomeOf(one.door, 'readTotals', []);
        expect(outcomeOf(two.door, 'readTotals', [])).toEqual(closed);
        if ('refused' in (closed as object)) [one, two] = pair();
      }
    }
    expect([...answers].sort()).toEqual(['is', 'refused']);
  });

  test('reads each record, and lists of them, where the generated one does', () => {
    const [one, two] = [generated.instantiate as never, instantiateOf(table)].map(openedOverPattern);
    for (const text of table.functions.split(',')) {
      const [name = '', given = ''] = text.split(' ');
      const values = valuesOf(given, table.records[given], 1);
      const outcome = outcomeOf(one ?? {}, name, values);
      expect(outcome, name).toHaveProperty('is');
      expect([name, outcomeOf(two ?? {}, name, values)]).toEqual([name, outcome]);
    }
  });

  test('names the type that it cannot read', () => {
    expect(() => doorTable('f: func(a: f64);')).toThrow(/reads no f64/);
  });
});
