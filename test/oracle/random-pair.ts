/** Random pairs of firewalls, for fast-check: one fault and its repair, or many things in any order; and the frames that come meanwhile. */
import fc from 'fast-check';
import { betterOf, type PairAction, type PairDescription, peerOf, type TimedAction, UNITS } from './pair-model.ts';
import { arrivals, type FrameStep, type PacketStep, plainFirewalls, type SessionStep } from './random-firewall.ts';
import type { Fault } from './reference-roles.ts';

/** A station asks for an address of the firewall, or of a pool. */
export interface QuestionStep {
  readonly what: 'question';
  readonly from: number;
  readonly to: number;
}

export interface Arrival {
  /** Of UNITS. */
  readonly unit: number;
  readonly step: PacketStep | SessionStep | FrameStep | QuestionStep;
}

interface PairRun {
  readonly pair: PairDescription;
  /** Frames of one moment after another, over and over. */
  readonly arrivals: readonly (readonly Arrival[])[];
}

export interface FaultCase extends PairRun {
  readonly fault: Fault;
}

export interface StormyCase extends PairRun {
  readonly actions: readonly TimedAction[];
}

/** Sessions never fill the table: which of the peer's find room in a full one depends on their order. */
const ROOMY = 4096;

const pairs: fc.Arbitrary<PairDescription> = fc.record({
  firewall: plainFirewalls.map((one) => ({
    ...one,
    isMember: true,
    sessions: one.sessions === null ? null : { ...one.sessions, max: ROOMY },
  })),
  usesHypervisorMac: fc.boolean(),
  group: fc.integer({ min: 1, max: 63 }),
  priorities: fc.constantFrom([50, 100] as const, [100, 50] as const, [100, 100] as const),
  preemptive: fc.constantFrom([true, true] as const, [false, false] as const, [true, false] as const),
  profile: fc.constantFrom('recommended', 'aggressive'),
  hasHa1Backup: fc.integer({ min: 0, max: 2 }).map((n) => n === 0),
  hasHa2: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
  shutdown: fc.option(fc.record({ bringupMs: fc.constantFrom(0, 0, 700, 4000) }), { freq: 2 }),
  monitors: fc.constantFrom(null, 'any', 'any', 'all'),
});

/** Never at a whole second, when heartbeats and hellos are. */
function within(firstS: number, lastS: number): fc.Arbitrary<number> {
  const seconds = fc.integer({ min: firstS, max: lastS });
  return fc.tuple(seconds, fc.integer({ min: 20, max: 980 })).map(([s, ms]) => s * 1000 + ms);
}

const faults: fc.Arbitrary<Fault> = fc
  .record({
    what: fc.constantFrom(
      'crash',
      'crash',
      'crash of both',
      'suspend',
      'process',
      'process',
      'ha1',
      'ha1',
      'ha2',
      'cable',
      'cable',
    ),
    ofActive: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    atMs: within(1, 20),
    afterS: fc.constantFrom(1, 3, 4, 7, 12, 20, 60),
    repairMs: fc.integer({ min: 20, max: 980 }),
  })
  .map(({ afterS, repairMs, ...fault }) => {
    // A peer is lost by hellos after half a minute.
    const seconds = fault.what === 'process' && afterS > 4 ? 60 : afterS;
    return { ...fault, repairMs: (Math.floor(fault.atMs / 1000) + seconds) * 1000 + repairMs };
  });

const question: fc.Arbitrary<QuestionStep> = fc.record({
  what: fc.constant('question' as const),
  from: fc.nat({ max: 63 }),
  to: fc.nat({ max: 63 }),
});

const moments: fc.Arbitrary<readonly (readonly Arrival[])[]> = fc.array(
  fc.array(
    fc.record({
      unit: fc.nat({ max: 1 }),
      step: fc.oneof({ weight: 6, arbitrary: arrivals }, { weight: 1, arbitrary: question }),
    }),
    { minLength: 4, maxLength: 12 },
  ),
  { minLength: 8, maxLength: 16 },
);

export const faultCases: fc.Arbitrary<FaultCase> = fc.record({ pair: pairs, fault: faults, arrivals: moments });

const unit = fc.constantFrom(...UNITS);

const action: fc.Arbitrary<PairAction> = fc.oneof(
  fc.record({
    what: fc.constantFrom('crash', 'power-on', 'power-on', 'suspend', 'functional', 'functional', 'clear sessions'),
    unit,
  }),
  fc.record({ what: fc.constant('process' as const), unit, runs: fc.boolean() }),
  fc.record({
    what: fc.constant('cable' as const),
    unit,
    port: fc.constantFrom('ha1', 'ha2', 'ha2', 'eth1', 'eth2'),
    up: fc.boolean(),
  }),
);

export const stormyCases: fc.Arbitrary<StormyCase> = fc.record({
  pair: pairs,
  arrivals: moments,
  actions: fc.array(fc.tuple(within(0, 9), action), { minLength: 3, maxLength: 9 }).map((list) => {
    let atMs = 1000;
    return list.map(([gapMs, one]): TimedAction => {
      atMs += gapMs;
      return { atMs, action: one };
    });
  }),
});

/** What brings a fault about, and what repairs it. */
export function actionsOf(pair: PairDescription, { what, ofActive, atMs, repairMs }: Fault): readonly TimedAction[] {
  const [better, worse] = [betterOf(pair), peerOf(betterOf(pair))];
  const victim = ofActive ? better : worse;
  const both = (down: PairAction, up: PairAction) => [
    { atMs, action: down },
    { atMs: repairMs, action: up },
  ];
  switch (what) {
    case 'crash':
      return both({ what, unit: victim }, { what: 'power-on', unit: victim });
    case 'crash of both':
      return [
        { atMs, action: { what: 'crash', unit: better } },
        ...both({ what: 'crash', unit: worse }, { what: 'power-on', unit: victim }),
      ];
    case 'suspend':
      return both({ what, unit: victim }, { what: 'functional', unit: victim });
    case 'process':
      return both({ what, unit: victim, runs: false }, { what, unit: victim, runs: true });
    default: {
      const port = what === 'cable' ? 'eth1' : what;
      return both({ what: 'cable', unit: victim, port, up: false }, { what: 'cable', unit: victim, port, up: true });
    }
  }
}
