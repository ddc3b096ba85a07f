/** Random switches and what happens to them, for fast-check. Few addresses, few VLANs, short ageing: so that they meet. */
import fc from 'fast-check';
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import { BROADCAST, type Mac } from '../../ts/values/mac.ts';
import { nanos } from '../../ts/values/nanos.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { mac } from '../support/lab.ts';
import { type LearningSwitchDescription, type SwitchDescription, TRUNK, type VSwitchDescription } from './switch-model.ts';

/** A switch and what happens to it, ports by number so that a smaller switch still has them. */
export interface Case {
  readonly description: SwitchDescription;
  readonly steps: readonly Step[];
}

export type Step = { readonly gapNs: number } & (FrameStep | ChangeStep);

export interface FrameStep {
  readonly what: 'frame';
  /** Number of the port it comes in by. */
  readonly at: number;
  /** 'own': the address of the port's vNIC. */
  readonly src: Mac | 'own';
  /** A number: the address of that port's vNIC. */
  readonly dst: Mac | number;
  readonly tag: VlanTag | null;
  /** The tag comes off where the port takes none. */
  readonly fits: boolean;
  /** Of a frame for a team. */
  readonly octets?: readonly [number, number];
}

export interface ChangeStep {
  readonly what: 'change';
  readonly change:
    | 'carrier'
    | 'policy'
    | 'guest MAC'
    | 'initial MAC again'
    | 'host MAC'
    | 'blocked'
    | 'promiscuous'
    | 'join'
    | 'active uplink'
    | 'uplink in use'
    | 'power';
  readonly at: number;
  readonly on: boolean;
  readonly mac: Mac;
  readonly group: Mac;
  readonly policy: VSwitchPolicy;
}

/** Idle time after which an entry is gone. */
export const AGEING_NS = 1000;

export const STATIONS: readonly Mac[] = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => mac(`02:00:00:00:00:0${n}`));
const STRANGERS = ['7c:89:c2:f9:1d:10', '7c:89:c2:f9:1d:11', '00:00:5e:00:53:fe', '00:00:00:00:00:00'].map(mac);
const GROUPS = ['01:00:5e:00:00:12', '33:33:00:00:00:12'].map(mac);

const port = fc.nat({ max: 9 });
const policy: fc.Arbitrary<VSwitchPolicy> = fc.record({
  promiscuous: fc.boolean(),
  macChanges: fc.boolean(),
  forgedTransmits: fc.boolean(),
});

const tag: fc.Arbitrary<VlanTag | null> = fc.option(
  fc.record({ id: fc.constantFrom(10, 10, 10, 20, 30, 0, TRUNK), priority: fc.constantFrom(0, 5), isDropEligible: fc.boolean() }),
  { freq: 4 },
);

const frameStep: fc.Arbitrary<FrameStep> = fc.record({
  what: fc.constant('frame'),
  at: port,
  src: fc.oneof(
    { weight: 4, arbitrary: fc.constant('own' as const) },
    { weight: 4, arbitrary: fc.constantFrom(...STATIONS, ...STRANGERS, ...STRANGERS) },
    { weight: 1, arbitrary: fc.constantFrom(...GROUPS) },
  ),
  dst: fc.oneof(
    { weight: 4, arbitrary: port },
    { weight: 4, arbitrary: fc.constantFrom(...STATIONS, ...STRANGERS, ...STRANGERS) },
    { weight: 2, arbitrary: fc.constantFrom(BROADCAST, ...GROUPS) },
  ),
  tag,
  fits: fc.oneof({ weight: 7, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

function changeStep(...changes: readonly ChangeStep['change'][]): fc.Arbitrary<ChangeStep> {
  return fc.record({
    what: fc.constant('change'),
    change: fc.constantFrom(...changes),
    at: port,
    on: fc.boolean(),
    mac: fc.constantFrom(...STATIONS, ...STRANGERS.slice(0, 3)),
    group: fc.constantFrom(...GROUPS),
    policy,
  });
}

/** The same, with something to hash where the addresses of a packet end. */
const packetStep: fc.Arbitrary<FrameStep> = fc
  .tuple(frameStep, fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 })))
  .map(([frame, octets]) => ({ ...frame, octets }));

function steps(change: fc.Arbitrary<ChangeStep>, frame: fc.Arbitrary<FrameStep> = frameStep): fc.Arbitrary<readonly Step[]> {
  const what = fc.oneof({ weight: 5, arbitrary: frame }, { weight: 1, arbitrary: change });
  const gapNs = fc.constantFrom(1, 1, 1, 1, 1, 1, 400, AGEING_NS - 1, AGEING_NS, AGEING_NS + 1, 3 * AGEING_NS);
  const step = fc.tuple(gapNs, what).map(([gap, one]): Step => ({ gapNs: gap, ...one }));
  return fc.array(step, { minLength: 1, maxLength: 40, size: 'max' });
}

const learning = fc.record({
  flood: fc.boolean(),
  limit: fc.constantFrom(0, 1, 2, 3),
  limitPolicy: fc.constantFrom('allow', 'drop'),
  ageingNs: fc.constant(nanos(AGEING_NS)),
});

const vswitch: fc.Arbitrary<VSwitchDescription> = fc
  .record({
    guests: fc.array(
      fc.record({ vlan: fc.constantFrom(10, 10, 10, 10, 0, 20, TRUNK), mac: fc.constantFrom(...STATIONS), policy }),
      {
        minLength: 1,
        maxLength: 8,
        size: 'max',
      },
    ),
    uplinks: fc.constantFrom(['u1'], ['u1', 'u2'], []),
    learning: fc.option(learning),
    reversePathCheckPromisc: fc.boolean(),
  })
  .map((drawn) => ({
    kind: 'vswitch',
    teaming: null,
    ...drawn,
    guests: drawn.guests.map((guest, i) => ({ name: `p${i + 1}`, ...guest, learns: drawn.learning !== null })),
  }));

const team: fc.Arbitrary<VSwitchDescription> = fc
  .tuple(vswitch, fc.constantFrom('port-id', 'source-mac', 'ip-hash'), fc.constantFrom(['u1', 'u2'], ['u1', 'u2', 'u3'], ['u1']))
  .map(([switched, teaming, uplinks]) => ({ ...switched, teaming, uplinks }));

const learningSwitch: fc.Arbitrary<LearningSwitchDescription> = fc
  .record({
    kind: fc.constantFrom('switch', 'bridge'),
    vlans: fc.array(fc.constantFrom(0, 0, 0, 10, 10, 20, TRUNK), { minLength: 2, maxLength: 6, size: 'max' }),
    tableSize: fc.constantFrom(1, 2, 3, 8),
    bonded: fc.constantFrom(0, 0, 2, 3),
  })
  .map(({ kind, vlans, tableSize, bonded }) => ({
    kind,
    // The first ports of a bridge may be a bond, of one VLAN.
    ports: vlans.map((vlan, i) =>
      kind === 'bridge' && i < bonded ? { name: `p${i + 1}`, vlan: vlans[0] ?? vlan, bond: 'bond0' } : { name: `p${i + 1}`, vlan },
    ),
    ageingNs: AGEING_NS,
    tableSize,
  }));

const VSWITCH_CHANGES = [
  'carrier',
  'policy',
  'policy',
  'guest MAC',
  'guest MAC',
  'initial MAC again',
  'host MAC',
  'blocked',
  'promiscuous',
  'promiscuous',
  'join',
  'active uplink',
] as const;

export const vswitchCases: fc.Arbitrary<Case> = fc.record({ description: vswitch, steps: steps(changeStep(...VSWITCH_CHANGES)) });

export const learningSwitchCases: fc.Arbitrary<Case> = fc.record({
  description: learningSwitch,
  steps: steps(changeStep('carrier', 'carrier', 'carrier', 'power')),
});

const TEAM_CHANGES = [
  'uplink in use',
  'uplink in use',
  'carrier',
  'policy',
  'guest MAC',
  'blocked',
  'promiscuous',
  'promiscuous',
  'join',
] as const;

export const teamCases: fc.Arbitrary<Case> = fc.record({
  description: team,
  steps: steps(changeStep(...TEAM_CHANGES), packetStep),
});
