/** The oracle against vswitch.json: what it is trusted with on random frames, it must get right on the ones people agreed on. */
import { describe, expect, test } from 'vitest';
import { nanos } from '../../ts/values/nanos.ts';
import { mac } from '../support/lab.ts';
import vectors from '../vectors/vswitch.json' with { type: 'json' };
import { ReferenceSwitch } from './reference.ts';
import type { GuestPort, Verdict, VSwitchDescription } from './switch-model.ts';

const { fw, g1, g2 } = vectors.fixture.ports;

interface FwPort {
  readonly promisc?: boolean;
  readonly guest_promisc?: boolean;
  readonly mac_changes?: boolean;
  readonly forged?: boolean;
  readonly vlan?: number;
  readonly effective?: string;
  readonly blocked?: boolean;
}

interface Scenario {
  readonly id: string;
  readonly rules: readonly string[];
  readonly fw_port: FwPort;
  readonly ingress: string;
  readonly vlan: number;
  readonly src: string;
  readonly dst: string;
  readonly expect: Expected;
}

interface Expected {
  readonly out?: readonly string[];
  readonly drop?: string;
  readonly refused?: readonly string[];
}

function guest(name: string, initial: string, vlan: number, more: Partial<GuestPort> = {}): GuestPort {
  const policy = { promiscuous: false, macChanges: true, forgedTransmits: true };
  return { name, vlan, mac: mac(initial), policy, learns: false, ...more };
}

function fixture(fwPort: FwPort, learning: VSwitchDescription['learning'] = null): VSwitchDescription {
  const { promisc = false, mac_changes = true, forged = true, vlan = fw.vlan } = fwPort;
  const policy = { promiscuous: promisc, macChanges: mac_changes, forgedTransmits: forged };
  const first = guest('fw', fw.initial, vlan, { policy, learns: learning !== null });
  return {
    kind: 'vswitch',
    guests: [first, guest('g1', g1.initial, g1.vlan), guest('g2', g2.initial, g2.vlan)],
    uplinks: ['u1', 'u2'],
    learning,
    reversePathCheckPromisc: false,
    teaming: null,
  };
}

/** One frame of VLAN 10, tagged where the port is an uplink or a trunk. */
function send(oracle: ReferenceSwitch, atNs: number, ingress: string, src: string, dst: string): Verdict {
  const isTagged = oracle.port(ingress).vlan === 4095;
  const tag = isTagged ? { id: fw.vlan, priority: 0, isDropEligible: false } : null;
  return oracle.receive(atNs, ingress, { src: mac(src), dst: mac(dst), tag });
}

function expectVerdict({ delivered, refused, dropped }: Verdict, { out = [], drop, refused: refusals = [] }: Expected): void {
  expect(delivered.map(({ port }) => port).sort()).toEqual([...out].sort());
  // A frame that all its recipients refused is no drop at the ingress: the vectors name the reason, and who refused.
  const reasons = new Set([...refused.map(({ reason }) => reason), ...(dropped === null ? [] : [dropped])]);
  if (drop !== undefined) expect([...reasons]).toEqual([drop]);
  expect(refused.map(({ port }) => port).sort()).toEqual([...refusals].sort());
}

const SCENARIOS: readonly Scenario[] = vectors.scenarios;

describe('the oracle decides every scenario of vswitch.json as agreed', () => {
  test.each(SCENARIOS.map((scenario) => [`${scenario.rules.join(', ')}: ${scenario.id}`, scenario] as const))(
    '%s',
    (_, { fw_port, ingress, vlan, src, dst, expect: expected }) => {
      expect(vlan).toBe(fw.vlan);
      const oracle = new ReferenceSwitch(fixture(fw_port));
      if (fw_port.effective !== undefined) oracle.apply({ what: 'guest MAC', port: 'fw', mac: mac(fw_port.effective) });
      if (fw_port.guest_promisc === true) oracle.apply({ what: 'guest asks for promiscuous', port: 'fw', requested: true });
      if (fw_port.blocked === true) oracle.apply({ what: 'blocked', port: 'fw', blocked: true });
      expectVerdict(send(oracle, 1, ingress, src, dst), expected);
    },
  );
});

describe('the oracle plays the learning sequence of vswitch.json as agreed', () => {
  const { fw_port, steps, rules } = vectors.sequence;
  const common = steps.filter(({ variant }) => variant === undefined);
  const variantOf = (name: string) => steps.filter(({ variant }) => variant === name);

  const plays = [
    ['as written', 'drop', true, common],
    ['limitPolicy allow', 'allow', true, [...common.slice(0, 2), ...variantOf('limitPolicy allow')]],
    ['flood off', 'drop', false, [...common.slice(0, 2), ...variantOf('flood off')]],
  ] as const;

  test.each(plays)(`${rules.join(', ')}: %s`, (_, limitPolicy, flood, played) => {
    const learning = { flood, limit: fw_port.learn.limit, limitPolicy, ageingNs: nanos(600e9) };
    const oracle = new ReferenceSwitch(fixture({ forged: false }, learning));
    expect(played.length).toBeGreaterThan(2);
    for (const [i, { ingress, src, dst, expect: expected }] of played.entries()) {
      expectVerdict(send(oracle, i + 1, ingress, src, dst), expected);
    }
  });
});
