/**
 * The same decision, written twice: the embedded switch of the data plane (asm/decide/veb.ts) and the oracle (reference-nic.ts, from the
 * rules) see the same random frames at the same random NICs, and must agree on what becomes of every copy.
 *
 * ORACLE_RUNS asks for more sequences, ORACLE_SEED for others.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mac } from '../../ts/values/mac.ts';
import vectors from '../vectors/veb.json' with { type: 'json' };
import { DataplaneNic } from './dataplane-nic.ts';
import { decideNic, FUNCTIONS, type FunctionName, type NicFrame, type NicModel, type PoolModel } from './reference-nic.ts';

const RUNS = 1000;
const runs = Number(process.env['ORACLE_RUNS'] ?? RUNS);
const seed = Number(process.env['ORACLE_SEED'] ?? 20_240_611);

// ── Random NICs ─────────────────────────────────────────────────────────────────────────────────────────────────────

const STATIONS = [1, 2, 3, 4, 5].map((n) => `02:00:00:00:00:0${n}` as Mac);
const GROUPS = ['01:00:5e:00:00:12', '33:33:00:00:00:12', '01:00:5e:00:00:01'] as Mac[];
const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;
const VLANS = [0, 10, 20];
const VECTORS = [0x120, 0x010];

const often = fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const rarely = often.map((value) => !value);
const functionName = fc.constantFrom(...FUNCTIONS);

const pool: fc.Arbitrary<PoolModel> = fc.record({
  receives: often,
  transmits: often,
  hasDescriptors: often,
  takesBroadcast: often,
  hashesMulticast: fc.boolean(),
  takesAllMulticast: rarely,
  isPromiscuous: rarely,
  checksSource: fc.boolean(),
  portVlan: fc.constantFrom(0, 0, 0, 10),
  qos: fc.constantFrom(0, 5),
  vlans: fc.subarray(VLANS, { minLength: 0 }).map((vlans) => new Set([...vlans, ...(vlans.length === 1 ? [] : [0])])),
});

const nicModel: fc.Arbitrary<NicModel> = fc.record({
  isVepa: rarely,
  prunes: rarely,
  isOpen: fc.boolean(),
  poolsOpen: fc.boolean(),
  hasDefaultPool: often,
  pools: fc.record({ pf: pool, vf0: pool, vf1: pool, vf2: pool, vf3: pool }),
  addresses: fc.uniqueArray(fc.record({ mac: fc.constantFrom(...STATIONS, ...STATIONS, ...GROUPS), owner: functionName }), {
    maxLength: 8,
    selector: ({ mac, owner }) => `${mac} ${owner}`,
  }),
  multicastVectors: fc.subarray(VECTORS).map((chosen) => new Set(chosen)),
});

type Step =
  | { readonly what: 'frame'; readonly from: FunctionName | 'wire'; readonly frame: NicFrame }
  | { readonly what: 'pool'; readonly name: FunctionName; readonly pool: PoolModel }
  | { readonly what: 'address'; readonly name: FunctionName; readonly mac: Mac; readonly on: boolean }
  | { readonly what: 'vlan'; readonly name: FunctionName; readonly vid: number; readonly on: boolean }
  | { readonly what: 'vector'; readonly vector: number; readonly on: boolean };

const frame: fc.Arbitrary<NicFrame> = fc.record({
  dst: fc.constantFrom(...STATIONS, ...STATIONS, ...GROUPS, BROADCAST),
  src: fc.constantFrom(...STATIONS),
  tag: fc.option(
    fc.record({ id: fc.constantFrom(0, 10, 10, 20, 30), priority: fc.constantFrom(0, 5), isDropEligible: fc.boolean() }),
    { freq: 2 },
  ),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('frame'), from: fc.constantFrom('wire', 'wire', ...FUNCTIONS), frame }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('pool'), name: functionName, pool }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('address'),
      name: functionName,
      mac: fc.constantFrom(...STATIONS, ...GROUPS),
      on: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('vlan'), name: functionName, vid: fc.constantFrom(...VLANS), on: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('vector'), vector: fc.constantFrom(...VECTORS), on: fc.boolean() }) },
);

const cases = fc.tuple(nicModel, fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }));

// ── Playing them ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Does to both what a step says, and says how they differ; null when they do not. */
function take(model: NicModel, real: DataplaneNic, one: Step, atNs: number, outcomes: Set<string>): string | null {
  if (one.what === 'frame') {
    const expected = decideNic(model, one.from, one.frame).sort();
    const seen = real.receive(atNs, one.from, one.frame).sort();
    for (const fate of expected)
      outcomes.add(/loses it, (.*)$/.exec(fate)?.[1] ?? (fate.startsWith('wire') ? 'to the wire' : 'to a pool'));
    if (expected.join() === seen.join()) return null;
    return `${one.from} ${JSON.stringify(one.frame)}\n  by the rules:      ${expected.join('; ')}\n  of the data plane: ${seen.join('; ')}`;
  }
  change(model, real, one);
  const addresses = model.addresses.map(({ mac, owner }) => `${mac} ${owner}`);
  return addresses.join() === real.addresses().join() ? null : `addresses: ${addresses.join()} against ${real.addresses().join()}`;
}

function change(model: NicModel, real: DataplaneNic, one: Exclude<Step, { what: 'frame' }>): void {
  if (one.what === 'pool') {
    const { vlans } = model.pools[one.name];
    Object.assign(model.pools[one.name], { ...one.pool, vlans });
    real.setPool(model, one.name);
  } else if (one.what === 'vlan') {
    if (one.on) model.pools[one.name].vlans.add(one.vid);
    else model.pools[one.name].vlans.delete(one.vid);
    real.setVlan(one.name, one.vid, one.on);
  } else if (one.what === 'vector') {
    if (one.on) model.multicastVectors.add(one.vector);
    else model.multicastVectors.delete(one.vector);
    real.setMulticast(one.vector, one.on);
  } else {
    const others = model.addresses.filter(({ mac, owner }) => mac !== one.mac || owner !== one.name);
    const isThere = others.length !== model.addresses.length;
    if (!one.on) model.addresses = others;
    else if (!isThere) model.addresses.push({ mac: one.mac, owner: one.name });
    real.setAddress(one.name, one.mac, one.on);
  }
}

function differenceIn([drawn, steps]: [NicModel, readonly Step[]], outcomes: Set<string>): string | null {
  const model = structuredClone(drawn);
  const real = new DataplaneNic(model);
  for (const [i, one] of steps.entries()) {
    const difference = take(model, real, one, i + 1, outcomes);
    if (difference !== null) return difference;
  }
  if (!real.isConserved()) return 'a frame is not accounted for';
  real.release();
  return null;
}

describe(`embedded switch and oracle agree (${runs} sequences, seed ${seed})`, () => {
  test('VF-02 to VF-13: at random NICs, and every outcome of the rules occurs', () => {
    const outcomes = new Set<string>();
    const agree = fc.property(cases, (one) => differenceIn(one, outcomes) === null);
    const { counterexample } = fc.check(agree, { seed, numRuns: runs });
    expect(counterexample === null ? null : differenceIn(counterexample[0], outcomes)).toBeNull();
    if (runs < RUNS) return;
    expect([...outcomes].sort()).toEqual([
      'nic-l2-filter',
      'no-descriptor',
      'no-pool',
      'pool-rx-disabled',
      'source-pruned',
      'spoof-mac',
      'spoof-vlan',
      'tagged-under-port-vlan',
      'to a pool',
      'to the wire',
      'vf-link-disabled',
    ]);
  });
});

// ── The vectors ─────────────────────────────────────────────────────────────────────────────────────────────────────

interface Override {
  readonly [key: string]: boolean | number | readonly number[] | undefined;
}

function modelOf(overrides: Readonly<Record<string, unknown>>): NicModel {
  const poolOf = (name: FunctionName): PoolModel => {
    const one = (overrides[name] ?? {}) as Override;
    return {
      receives: one['rx'] !== false,
      transmits: one['tx'] !== false,
      hasDescriptors: one['descriptors'] !== false,
      takesBroadcast: one['bam'] !== false,
      hashesMulticast: one['rompe'] === true,
      takesAllMulticast: one['mpe'] === true,
      isPromiscuous: one['upe'] === true,
      checksSource: name !== 'pf' && one['spoof'] !== false,
      portVlan: Number(one['pvid'] ?? 0),
      qos: 0,
      vlans: new Set((one['vlans'] as readonly number[] | undefined) ?? [0]),
    };
  };
  const idle = { ...poolOf('vf3'), takesBroadcast: false };
  return {
    isVepa: overrides['mode'] === 'vepa',
    prunes: overrides['prune'] === true,
    isOpen: overrides['pf_promisc'] === true,
    poolsOpen: false,
    hasDefaultPool: overrides['default_enabled'] !== false,
    pools: { pf: poolOf('pf'), vf0: poolOf('vf0'), vf1: poolOf('vf1'), vf2: poolOf('vf2'), vf3: idle },
    addresses: Object.entries(vectors.fixture.pools).map(([owner, mac]) => ({ mac: mac as Mac, owner: owner as FunctionName })),
    multicastVectors: new Set((overrides['mta'] as readonly number[] | undefined) ?? []),
  };
}

describe('the oracle itself', () => {
  test.each(vectors.scenarios.map((one) => [`${one.rules.join(', ')}: ${one.id}`, one] as const))('%s', (_, scenario) => {
    const { nic_overrides, from, src, dst, vlan, expect: expected } = scenario;
    const tag = vlan === 0 ? null : { id: vlan, priority: 0, isDropEligible: false };
    const fates = decideNic(modelOf(nic_overrides), from as FunctionName, { src: src as Mac, dst: dst as Mac, tag });
    const { out = [], drop, pools = [from] } = expected as { out?: string[]; drop?: string; pools?: string[] };
    expect(fates.flatMap((fate) => /^(\w+) gets/.exec(fate)?.[1] ?? []).sort()).toEqual([...out].sort());
    if (drop !== undefined) expect(fates).toEqual(pools.map((name) => `${name} loses it, ${drop}`));
  });
});
