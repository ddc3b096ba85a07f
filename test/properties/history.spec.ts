/** What every history has in common: time, causes, positions and chain; and what folding one can never do: throw. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FIELDS } from '../../gen/proto/events.js';
import type { Decided } from '../../ts/engine/decided.ts';
import type { Input } from '../../ts/engine/input.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { CHAIN_START, nextChain, toHex } from '../../ts/model/events/chain.ts';
import { decodeBody, encodeBody } from '../../ts/model/events/codec.ts';
import { EVENT_KINDS, type EventType, type LabEvent } from '../../ts/model/events/events.ts';
import { evolve, initialState, type LabState } from '../../ts/model/state/lab-state.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { Provenance, readBack, recordedNetwork } from '../honest/read-back.ts';
import { host, lab, learningSwitch, link } from '../support/lab.ts';
import { feed, newEngine, runWhole } from './drive.ts';
import type { Scenario } from './random-lab.ts';
import { runs } from './runs.ts';
import { firewallScenarios, scenarios, switchScenarios } from './scenarios.ts';

function historyOf({ inputs }: Scenario): readonly Decided[] {
  return runWhole(newEngine(), inputs);
}

test('time never goes back, positions count up by one, and each body is chained to all before it', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      let chain = CHAIN_START;
      let atNs = 0;
      for (const [i, { event, body, chain: stated }] of historyOf(scenario).entries()) {
        chain = nextChain(chain, body);
        expect(event.position).toBe(i + 1);
        expect(event.atNs, `position ${event.position}`).toBeGreaterThanOrEqual(atNs);
        expect(toHex(stated), `chain at ${event.position}`).toBe(toHex(chain));
        atNs = event.atNs;
      }
    }),
    runs(12),
  );
});

test('inputs have no cause and stand at the horizon; every outcome is caused by an earlier event', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      let horizonNs = 0;
      for (const { event } of historyOf(scenario)) {
        if (EVENT_KINDS[event.type] === 'input') {
          expect(event.cause, `${event.type} at ${event.position}`).toBe(0);
          expect(event.atNs, `${event.type} at ${event.position}`).toBe(horizonNs);
        } else {
          expect(event.cause, `${event.type} at ${event.position}`).toBeGreaterThan(0);
          expect(event.cause, `${event.type} at ${event.position}`).toBeLessThan(event.position);
        }
        if (event.type === 'TimeAdvanced') horizonNs = event.data.toNs;
      }
    }),
    runs(12),
  );
});

test('after every input of a random lab, recorded state and linear memory say the same network', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const engine = newEngine();
      const provenance = new Provenance();
      for (const input of inputs) {
        for (const { event } of feed(engine, input)) provenance.add(event);
        const recorded = recordedNetwork(engine.state as LabState, provenance);
        const inMemory = readBack(engine);
        if (canonicalJson(inMemory) !== canonicalJson(recorded)) expect(inMemory, `position ${engine.position}`).toEqual(recorded);
      }
    }),
    runs(60),
  );
});

test('a switch that loses power keeps its ARP bindings: they are configuration', () => {
  const engine = newEngine();
  const provenance = new Provenance();
  const definition = lab(learningSwitch('s1', { ports: { p1: {} } }), host('h1'), link('s1:p1', 'h1:eth0'));
  const commands = ['bind s1 10.0.0.1 02:00:00:00:00:01', 'crash s1'];
  const inputs = commands.map((command): Input => ({ type: 'CommandReceived', data: { command } }));
  for (const { event } of runWhole(engine, [defineInput(definition), ...inputs])) provenance.add(event);
  expect(readBack(engine)).toEqual(recordedNetwork(engine.state as LabState, provenance));
  expect(Object.keys(readBack(engine).nodes['s1']?.neighbours ?? {})).toEqual(['10.0.0.1%p1']);
});

test('the fold of decoded bodies is the state of the engine that decided them', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const engine = newEngine();
      const folded = initialState();
      for (const { body } of runWhole(engine, inputs)) evolve(folded, decodeBody(body));
      expect(canonicalJson(folded)).toBe(canonicalJson(engine.state));
    }),
    runs(12),
  );
});

// ── Any events at all ───────────────────────────────────────────────────────────────────────────────────────────────

const NAMES = [
  'h1',
  'h2',
  's1',
  'v1',
  'fw1',
  'fw2',
  'esx1',
  'eth0',
  'eth1',
  'ha1',
  'p1',
  'up1',
  '',
  '10.0.0.1',
  'active',
  'used',
  'crashed',
];

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme' }) }),
  uint32: fc.nat({ max: 0xffff_ffff }),
  uint64: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  bool: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 80 }),
};

function valuesOf(type: string): fc.Arbitrary<unknown> {
  if (type.endsWith('[]')) return fc.array(valuesOf(type.slice(0, -2)), { maxLength: 3 });
  return SCALARS[type] ?? dataOf(type);
}

function dataOf(message: string): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(Object.entries(FIELDS[message] ?? {}).map(([name, type]) => [name, valuesOf(type)])));
}

/** Definitions are checked when a lab is defined or imported; here they are those of random labs. */
function anyEvent(type: EventType): fc.Arbitrary<LabEvent> {
  // A lab of firewalls is read from a file first, which takes longer than all else here.
  const some = fc.oneof({ weight: 5, arbitrary: switchScenarios }, { weight: 1, arbitrary: firewallScenarios });
  const sound = some.map(({ lab: defined }) => canonicalJson(defined));
  const definitions = fc.oneof(sound, damaged(sound)).map((definition) => ({ definition, pacePermille: 0 }));
  const data = type === 'LabDefined' ? definitions : dataOf(type);
  const position = fc.integer({ min: 1, max: 1000 });
  return fc.record({
    type: fc.constant(type),
    data,
    position,
    atNs: valuesOf('uint64'),
    cause: fc.nat({ max: 1000 }),
  }) as fc.Arbitrary<LabEvent>;
}

/** Definitions that say something else, or nothing, in one place. */
function damaged(definitions: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(definitions, fc.array(fc.nat(), { maxLength: 5 }), fc.json()).map(([definition, path, instead]) => {
    const root: Record<string, unknown> = { lab: JSON.parse(definition) as unknown };
    let [holder, key] = [root, 'lab'];
    for (const step of path) {
      const inner = holder[key] as Record<string, unknown> | null;
      const keys = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
      if (keys.length === 0) break;
      [holder, key] = [inner as Record<string, unknown>, keys[step % keys.length] as string];
    }
    holder[key] = JSON.parse(instead) as unknown;
    return JSON.stringify(root['lab']);
  });
}

test('no decodable event, in any order, makes the fold throw', () => {
  const types = Object.keys(EVENT_KINDS) as EventType[];
  const events = fc.array(fc.oneof(...types.map(anyEvent)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.option(anyEvent('LabDefined')), events, (definition, others) => {
      const state = initialState();
      for (const event of definition === null ? others : [definition, ...others]) {
        const decoded = decodeBody(encodeBody(event));
        evolve(state, decoded);
        expect(state.position).toBe(event.position);
      }
      expect(() => canonicalJson(state)).not.toThrow();
    }),
    runs(80),
  );
});
