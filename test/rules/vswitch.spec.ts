/**
 * Rules VSW-01 to VSW-16 and LRN-01 to LRN-03: who on a vSwitch gets a copy, and why the others do not.
 *
 *   fw ──┐          ┌── u1 (active) ──── wire1
 *   g1 ──┤   vsw    │
 *   g2 ──┘          └── u2 (standby) ─── wire2         VLAN 10, ports untagged, uplinks tagged
 *
 * Frames are put on the cable before a port, and the ports they leave by are watched. Guests and wires are hosts without
 * addresses, so nobody answers anything.
 */
import { afterEach, describe, expect, test } from 'vitest';
import * as L from '../../asm/memory/layout.ts';
import type { MacLearning, VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import { macToNumber } from '../../ts/values/mac.ts';
import { EthernetView } from '../../ts/wire/ethernet.ts';
import { plainFrame, strangerMac, vectorFrame } from '../support/frames.ts';
import { host, hypervisor, lab, learningSwitch, link, mac, ms, type Part, seconds, vswitch } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/vswitch.json' with { type: 'json' };

const VLAN = 10;
const FW = vectors.fixture.ports.fw.initial;
const G1 = vectors.fixture.ports.g1.initial;
const G2 = vectors.fixture.ports.g2.initial;
const ROUTER = vectors.fixture.upstream_router;
const SELF = vectors.fixture.firewall_self_mac;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

afterEach(everyFrameIsAccountedFor);

interface Fixture {
  readonly fwVlan?: number;
  readonly fwPolicy?: Partial<VSwitchPolicy>;
  readonly policy?: Partial<VSwitchPolicy>;
  readonly learning?: Partial<MacLearning>;
  /** Of the firewall's port alone. */
  readonly fwLearning?: Partial<MacLearning>;
  readonly reversePathCheckPromisc?: boolean;
}

/** The drawing above, its ports watched. The vSwitch starts with the 5.x/6.x defaults of rule VSW-15. */
function fixture(options: Fixture = {}): Run {
  const { fwVlan = VLAN, fwPolicy, policy, learning, fwLearning, reversePathCheckPromisc = false } = options;
  const guests = { fw: FW, g1: G1, g2: G2 };
  const parts: Part[] = Object.entries(guests).flatMap(([name, address]) => [
    host(name, { on: 'esx1', mac: address }),
    link(`${name}:eth0`, `vsw:${name}`),
  ]);
  const fwPort = { vlan: fwVlan, ...(fwPolicy && { policy: fwPolicy }), ...(fwLearning && { learning: fwLearning }) };
  const ports = { fw: fwPort, g1: { vlan: VLAN }, g2: { vlan: VLAN } };
  const defaults = { promiscuous: false, macChanges: true, forgedTransmits: true };
  const learns = learning === undefined ? {} : { learning };
  return given(
    lab(
      hypervisor('esx1'),
      vswitch('vsw', { ports, uplinks: ['u1', 'u2'], policy: { ...defaults, ...policy }, reversePathCheckPromisc, ...learns }),
      ...parts,
      host('wire1'),
      host('wire2'),
      link('vsw:u1', 'wire1:eth0'),
      link('vsw:u2', 'wire2:eth0'),
    ),
    { watch: ['vsw'] },
  );
}

/** Brings one frame to a port of the vSwitch, as its cable carries it there, and answers the ports that sent a copy. */
function outOf(run: Run, ingress: string, src: string, dst: string): string[] {
  const isTagged = ingress === 'u1' || ingress === 'u2' || run.portState(`vsw:${ingress}`).vlan === L.VLAN_TRUNK;
  run.forgetSeen().receives(`vsw:${ingress}`, plainFrame(src, dst, isTagged ? VLAN : undefined));
  return run.pass(ms(1)).sentBy('vsw');
}

/** No command asks for promiscuous reception on behalf of a guest that is no firewall. */
function requestPromiscuous(run: Run, port: string): void {
  run.control.setGuestPromiscuous(run.port(`vsw:${port}`), true, 1);
}

// ── The scenarios of vswitch.json ───────────────────────────────────────────────────────────────────────────────────

/** What an engineer would say of each scenario. */
const SENTENCES: Readonly<Record<string, string>> = {
  'hv-on-local': 'a guest reaches the firewall by its hypervisor MAC, and the frame goes nowhere else',
  'hv-on-from-wire': 'the wire reaches the firewall by its hypervisor MAC without promiscuous mode',
  'hv-off-from-wire-no-promisc': 'a self-generated MAC from the wire matches no port and is dropped',
  'hv-off-local-no-promisc': 'a self-generated MAC from a guest goes up the wire, and the firewall never sees it',
  'hv-off-promisc': 'a promiscuous port gets frames for a self-generated MAC',
  'promisc-policy-only': 'a policy that accepts is not enough: the guest must ask',
  'promisc-guest-only': 'a guest that asks is not enough: the policy must accept',
  'promisc-copy-of-other-guest': 'a promiscuous port gets a copy of what another guest gets',
  'promisc-other-vlan': 'a promiscuous port sees nothing of another VLAN',
  'promisc-trunk': 'a promiscuous trunk port sees every VLAN',
  'forged-reject-self-mac': 'a foreign source is dropped before lookup when forged transmits are rejected',
  'forged-accept-self-mac': 'a foreign source passes when forged transmits are accepted',
  'forged-reject-own-mac': "the port's own source passes even when forged transmits are rejected",
  'forged-compares-effective': 'a source is compared with the effective MAC, not the initial one',
  'mac-change-reject-wire': 'a port whose changed MAC is rejected receives nothing, not even to that MAC',
  'mac-change-reject-broadcast': 'a port whose changed MAC is rejected gets no broadcast, the others do',
  'mac-change-accept': 'a changed MAC that is accepted receives',
  'mac-change-accept-old-mac': 'the MAC before an accepted change no longer matches',
  'broadcast-from-guest': 'a broadcast from a guest goes to the other ports and exactly one uplink',
  'broadcast-from-wire': 'a broadcast from the wire goes to every port and no uplink',
  'unknown-from-guest-goes-up': 'an unknown destination from a guest goes to the active uplink only',
  'never-uplink-to-uplink': 'an unknown destination from one uplink never leaves by another',
  reflected: "a local guest's source arriving on an uplink is a reflection and dropped",
  'layer2-transit-no-promisc': 'transit frames do not reach a bridging firewall without promiscuous mode',
  'layer2-transit-promisc': 'transit frames reach a bridging firewall with promiscuous mode',
  'vwire-egress-forged': 'a virtual wire cannot pass foreign sources on when forged transmits are rejected',
  blocked: 'a blocked port does not send',
};

interface FwPort {
  readonly promisc?: boolean;
  readonly guest_promisc?: boolean;
  readonly mac_changes?: boolean;
  readonly forged?: boolean;
  readonly vlan?: number;
  readonly effective?: string;
  readonly blocked?: boolean;
}

interface Expected {
  readonly out?: readonly string[];
  readonly drop?: string;
  readonly refused?: readonly string[];
}

interface Scenario {
  readonly id: string;
  readonly rules: readonly string[];
  readonly fw_port: FwPort;
  readonly ingress: string;
  readonly src: string;
  readonly dst: string;
  readonly expect: Expected;
}

const SCENARIOS: readonly Scenario[] = vectors.scenarios;

describe('a vSwitch', () => {
  test('VSW-01 to VSW-14: every scenario of the vectors has its sentence', () => {
    expect(SCENARIOS.map(({ id }) => id)).toEqual(Object.keys(SENTENCES));
  });

  test.each(
    SCENARIOS.map((scenario) => [`${scenario.rules.join(', ')}: ${SENTENCES[scenario.id] ?? scenario.id}`, scenario] as const),
  )('%s', (_, { fw_port, ingress, src, dst, expect: expected }) => {
    const { promisc = false, mac_changes = true, forged = true, vlan = VLAN } = fw_port;
    const fwPolicy = { promiscuous: promisc, macChanges: mac_changes, forgedTransmits: forged };
    const run = fixture({ fwVlan: vlan, fwPolicy });
    if (fw_port.effective !== undefined) run.command(`guest-mac fw:eth0 ${fw_port.effective}`);
    if (fw_port.guest_promisc) requestPromiscuous(run, 'fw');
    if (fw_port.blocked) run.command('port vsw:fw block');

    expect(outOf(run, ingress, src, dst)).toEqual(expected.out ?? []);
    const refused = (expected.refused ?? []).map((port) => `${port} mac-change-rejected`);
    const dropped = expected.drop === undefined || refused.length > 0 ? [] : [`${ingress} ${expected.drop}`];
    expect(run.dropsAt('vsw')).toEqual([...refused, ...dropped]);
  });
});

// ── Beyond the vectors ──────────────────────────────────────────────────────────────────────────────────────────────

describe('addresses', () => {
  test('VSW-01: a thousand sources from a guest and the wire leave no trace in the table', () => {
    const run = fixture();
    const before = run.table('vsw');
    expect(before).toEqual([
      { vlan: VLAN, mac: FW, port: 'vsw:fw' },
      { vlan: VLAN, mac: G1, port: 'vsw:g1' },
      { vlan: VLAN, mac: G2, port: 'vsw:g2' },
    ]);
    for (let batch = 0; batch < 10; batch++) {
      const sources = Array.from({ length: 50 }, (_, i) => strangerMac(batch * 100 + i));
      run.receives('vsw:g1', ...sources.map((source) => plainFrame(source, G2)));
      run.receives('vsw:u1', ...sources.map((source) => plainFrame(macAfter(source), G2, VLAN))).pass(ms(1));
    }
    expect(run.portState('vsw:g2').txFrames).toBe(1000n);
    expect(run.table('vsw')).toEqual(before);
    expect(run.said('NeighbourUpdated', { node: 'vsw' })).toEqual([]);
  });

  test('VSW-02: a frame between two guests does not go up the wire', () => {
    const run = fixture();
    expect(outOf(run, 'g1', G1, G2)).toEqual(['g2']);
    expect(outOf(run, 'g2', G2, G1)).toEqual(['g1']);
  });

  test('VSW-02: a guest that sends to its own MAC gets nothing back', () => {
    const run = fixture();
    expect(outOf(run, 'g1', G2, G1)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['g1 no-recipient']);
  });

  test('MAC-07, VSW-04: a mismatch names the MACs that would have matched', () => {
    const run = fixture();
    expect(outOf(run, 'u1', ROUTER, SELF)).toEqual([]);
    expect(run.said('FrameDropped', { node: 'vsw' })[0]?.data).toMatchObject({
      src: ROUTER,
      dst: SELF,
      vlan: VLAN,
      expected: [FW, G1, G2],
    });
  });

  test('VSW-12: the table follows an accepted MAC change at once', () => {
    const run = fixture().command(`guest-mac fw:eth0 ${SELF}`);
    expect(run.table('vsw')).toContainEqual({ vlan: VLAN, mac: SELF, port: 'vsw:fw' });
    expect(run.table('vsw')).not.toContainEqual({ vlan: VLAN, mac: FW, port: 'vsw:fw' });
    expect(outOf(run, 'g1', G1, SELF)).toEqual(['fw']);
    expect(outOf(run, 'g1', G1, FW)).toEqual(['u1']);
  });

  test('VSW-11: a refused port receives again as soon as its effective MAC is its initial one', () => {
    const run = fixture({ fwPolicy: { macChanges: false } }).command(`guest-mac fw:eth0 ${SELF}`);
    expect(outOf(run, 'g1', G1, SELF)).toEqual([]);
    run.command(`guest-mac fw:eth0 ${FW}`);
    expect(outOf(run, 'g1', G1, FW)).toEqual(['fw']);
  });

  test.each([
    ['MacAddressChanged', ['set vsw mac-changes reject', `guest-mac fw:eth0 ${SELF}`]],
    ['PolicyChanged', [`guest-mac fw:eth0 ${SELF}`, 'set vsw mac-changes reject']],
  ])('VSW-11: a refusal is blamed on what completed it: %s', (type, commands) => {
    const run = fixture();
    for (const command of commands) run.command(command);
    outOf(run, 'g1', G1, SELF);
    const cause = run.said('FrameDropped', { node: 'vsw' })[0]?.cause;
    expect(run.events.find(({ position }) => position === cause)?.type).toBe(type);
  });
});

describe('promiscuous ports', () => {
  test('VSW-06: a copy comes in addition to normal delivery, and the bytes are the same', () => {
    const run = fixture({ fwPolicy: { promiscuous: true } });
    requestPromiscuous(run, 'fw');
    outOf(run, 'g1', G1, G2);
    expect(run.frames('vsw:fw', 'sent')).toEqual([plainFrame(G1, G2)]);
    expect(run.frames('vsw:g2', 'sent')).toEqual([plainFrame(G1, G2)]);
  });

  test('VSW-07: a trunk port sees the tag, an access port and the sender do not', () => {
    const run = fixture({ fwVlan: L.VLAN_TRUNK, fwPolicy: { promiscuous: true } });
    requestPromiscuous(run, 'fw');
    outOf(run, 'g1', G1, G2);
    expect(run.frames('vsw:fw', 'sent').map(tagOf)).toEqual([VLAN]);
    expect(run.frames('vsw:g2', 'sent').map(tagOf)).toEqual([null]);
  });

  test('VSW-07: frames leave by an uplink with the tag of their port', () => {
    const run = fixture();
    outOf(run, 'g1', G1, ROUTER);
    expect(run.frames('vsw:u1', 'sent')).toEqual([plainFrame(G1, ROUTER, VLAN)]);
  });

  test('VSW-07: a trunk port sends into the VLAN it tags', () => {
    const run = fixture({ fwVlan: L.VLAN_TRUNK });
    expect(outOf(run, 'fw', FW, G1)).toEqual(['g1']);
    expect(run.frames('vsw:g1', 'sent').map(tagOf)).toEqual([null]);
  });

  test('VSW-07: a tagged frame from an access port is dropped', () => {
    const run = fixture();
    run.receives('vsw:g1', plainFrame(G1, G2, VLAN)).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['g1 vlan-mismatch']);
  });

  test.each([
    [false, 2, []],
    [true, 1, ['fw reverse-path']],
  ] as const)(
    'VSW-16: a broadcast on both uplinks: with reversePathCheckPromisc %s a promiscuous port gets %i, an ordinary one 1',
    (reversePathCheckPromisc, copies, drops) => {
      const run = fixture({ fwPolicy: { promiscuous: true }, reversePathCheckPromisc });
      requestPromiscuous(run, 'fw');
      run.receives('vsw:u1', plainFrame(ROUTER, BROADCAST, VLAN));
      run.receives('vsw:u2', plainFrame(ROUTER, BROADCAST, VLAN)).pass(ms(1));
      expect(run.frames('vsw:fw', 'sent')).toHaveLength(copies);
      expect(run.frames('vsw:g1', 'sent')).toHaveLength(1);
      expect(run.frames('vsw:g2', 'sent')).toHaveLength(1);
      expect(run.dropsAt('vsw')).toEqual(drops);
    },
  );

  test('VSW-16: ordinary guests receive by the active uplink only', () => {
    const run = fixture();
    expect(outOf(run, 'u2', ROUTER, G1)).toEqual([]);
    expect(outOf(run, 'u1', ROUTER, G1)).toEqual(['g1']);
    expect(run.dropsAt('vsw')).toEqual(['u2 reverse-path']);
  });
});

describe('multicast', () => {
  const GROUP = '01:00:5e:00:00:12';

  test('VSW-08: a group goes to the port that joined and to one uplink', () => {
    const run = fixture();
    run.control.joinGroup(run.port('vsw:fw'), BigInt(macToNumber(mac(GROUP))));
    expect(outOf(run, 'g1', G1, GROUP)).toEqual(['fw', 'u1']);
    expect(outOf(run, 'u1', ROUTER, GROUP)).toEqual(['fw']);
  });

  test('VSW-08: another group is not joined', () => {
    const run = fixture();
    run.control.joinGroup(run.port('vsw:fw'), BigInt(macToNumber(mac(GROUP))));
    expect(outOf(run, 'g1', G1, '01:00:5e:00:00:13')).toEqual(['u1']);
  });

  test('VSW-08: a promiscuous port gets groups nobody joined', () => {
    const run = fixture({ fwPolicy: { promiscuous: true } });
    requestPromiscuous(run, 'fw');
    expect(outOf(run, 'g1', G1, GROUP)).toEqual(['fw', 'u1']);
  });

  test('VSW-08: a group from the active uplink that nobody joined has no recipient', () => {
    const run = fixture();
    expect(outOf(run, 'u1', ROUTER, GROUP)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['u1 no-recipient']);
  });
});

describe('forged, reflected and blocked frames', () => {
  test('VSW-09: the ARP payload is not inspected: only the Ethernet source counts', () => {
    const run = fixture({ fwPolicy: { forgedTransmits: false } });
    const arp = plainFrame(FW, BROADCAST);
    arp.set([0x08, 0x06], 12);
    arp.set([0x7c, 0x89, 0xc2, 0xf9, 0x1d, 0x10], 22);
    run.receives('vsw:fw', arp).pass(ms(1));
    expect(run.sentBy('vsw')).toEqual(['g1', 'g2', 'u1']);
  });

  test('VSW-09: rejecting by command takes effect for the next frame, and the drop is blamed on it', () => {
    const run = fixture();
    expect(outOf(run, 'fw', SELF, G1)).toEqual(['g1']);
    run.command('set vsw:fw forged-transmits reject');
    expect(outOf(run, 'fw', SELF, G1)).toEqual([]);
    expect(run.said('FrameDropped', { node: 'vsw' })[0]?.cause).toBe(run.said('PolicyChanged')[0]?.position);
  });

  test('VSW-10: after an accepted change, the old MAC is a forgery', () => {
    const run = fixture({ fwPolicy: { forgedTransmits: false } }).command(`guest-mac fw:eth0 ${SELF}`);
    expect(outOf(run, 'fw', SELF, G1)).toEqual(['g1']);
    expect(outOf(run, 'fw', FW, G1)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['fw forged-transmit']);
  });

  test("VSW-13: a local guest's source is dropped on the active uplink too, whatever the destination", () => {
    const run = fixture();
    expect(outOf(run, 'u1', G1, G2)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['u1 source-reflected']);
  });

  test('VSW-13: in another VLAN the same source is no reflection', () => {
    const run = fixture({ fwVlan: 20 });
    expect(outOf(run, 'u1', FW, G1)).toEqual(['g1']);
  });

  test('VSW-13: a source that was only learned behind a port is no reflection: it may have moved away', () => {
    const run = fixture({ learning: { flood: false } });
    outOf(run, 'fw', SELF, G1);
    expect(outOf(run, 'u1', SELF, BROADCAST)).toEqual(['fw', 'g1', 'g2']);
    expect(run.dropsAt('vsw')).toEqual([]);
  });

  test('VSW-14: a blocked port receives neither its own unicast nor broadcast, the others do', () => {
    const run = fixture().command('port vsw:fw block');
    expect(outOf(run, 'g1', G1, FW)).toEqual([]);
    expect(outOf(run, 'g1', G1, BROADCAST)).toEqual(['g2', 'u1']);
    expect(run.dropped('vsw:fw', 'port-blocked')).toBe(2);
  });
});

describe('policy', () => {
  test('VSW-15: a port without an override follows the switch, by command and at once', () => {
    const run = fixture();
    requestPromiscuous(run, 'fw');
    expect(outOf(run, 'g1', G1, G2)).toEqual(['g2']);
    run.command('set vsw promiscuous accept');
    expect(outOf(run, 'g1', G1, G2)).toEqual(['fw', 'g2']);
    run.command('set vsw promiscuous reject');
    expect(outOf(run, 'g1', G1, G2)).toEqual(['g2']);
  });

  test('VSW-15: a port group that rejects overrides a switch that accepts', () => {
    const run = fixture({ policy: { promiscuous: true }, fwPolicy: { promiscuous: false } });
    requestPromiscuous(run, 'fw');
    requestPromiscuous(run, 'g2');
    expect(outOf(run, 'u1', ROUTER, SELF)).toEqual(['g2']);
  });

  test('VSW-15: an override stands when the switch changes later', () => {
    const run = fixture();
    requestPromiscuous(run, 'fw');
    requestPromiscuous(run, 'g2');
    run.command('set vsw:fw promiscuous reject').command('set vsw promiscuous accept');
    expect(outOf(run, 'u1', ROUTER, SELF)).toEqual(['g2']);
    run.command('set vsw:fw promiscuous accept').command('set vsw promiscuous reject');
    expect(outOf(run, 'u1', ROUTER, SELF)).toEqual(['fw']);
  });

  test("VSW-15: what the switch changes later is not to blame for an override's drops", () => {
    const run = fixture().command('set vsw:fw forged-transmits reject').command('set vsw forged-transmits reject');
    for (const port of ['fw', 'g1']) outOf(run, port, SELF, G2);
    const changes = run.said('PolicyChanged').map(({ position }) => position);
    expect(run.said('FrameDropped', { node: 'vsw' }).map(({ cause }) => cause)).toEqual(changes);
  });

  test('VSW-15: an override of one setting leaves the other two with the switch', () => {
    const run = fixture({ fwPolicy: { promiscuous: true } }).command('set vsw forged-transmits reject');
    expect(outOf(run, 'fw', SELF, G1)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['fw forged-transmit']);
  });

  test('VSW-15: an uplink has no policy', () => {
    const run = fixture().command('set vsw:u1 promiscuous accept');
    expect(run.said('CommandRefused')).toHaveLength(1);
    expect(run.said('PolicyChanged')).toEqual([]);
  });
});

// ── MAC learning ────────────────────────────────────────────────────────────────────────────────────────────────────

describe('MAC learning', () => {
  const { fw_port, steps } = vectors.sequence;
  const { limit } = fw_port.learn;
  const [learn, deliver, second, unknown] = steps.filter(({ variant }) => variant === undefined);
  const variant = (name: string) => steps.find((step) => step.variant === name);

  /** Only the firewall's port learns; forged transmits are rejected there. */
  function learningFixture(fwLearning: Partial<MacLearning>): Run {
    return fixture({ fwLearning, fwPolicy: { forgedTransmits: false } });
  }

  function play(run: Run, step: { ingress: string; src: string; dst: string; expect: Expected } | undefined): void {
    if (step === undefined) throw new Error('the sequence of vswitch.json lacks a step');
    const before = run.dropsAt('vsw').length;
    expect(outOf(run, step.ingress, step.src, step.dst)).toEqual(step.expect.out ?? []);
    const drop = step.expect.drop === undefined ? [] : [`${step.ingress} ${step.expect.drop}`];
    expect(run.dropsAt('vsw').slice(before)).toEqual(drop);
  }

  test('LRN-01, LRN-02, LRN-03: the sequence of the vectors: learn, deliver, refuse a second source, flood', () => {
    const run = learningFixture({ limit, limitPolicy: 'drop', flood: true });
    for (const step of [learn, deliver, second, unknown]) play(run, step);
    expect(run.table('vsw')).toContainEqual({ vlan: VLAN, mac: SELF, port: 'vsw:fw' });
  });

  test('LRN-03: at the limit, "allow" forwards without learning', () => {
    const run = learningFixture({ limit, limitPolicy: 'allow', flood: true });
    for (const step of [learn, deliver, variant('limitPolicy allow')]) play(run, step);
    expect(run.table('vsw').map(({ mac }) => mac)).not.toContain(second?.src);
  });

  test('LRN-02: with flooding off an unknown destination from the wire is dropped', () => {
    const run = learningFixture({ limit, limitPolicy: 'drop', flood: false });
    for (const step of [learn, deliver, variant('flood off')]) play(run, step);
  });

  test('LRN-02: an unknown destination from a guest is flooded to learning ports and goes up too', () => {
    const run = fixture({ learning: {} });
    expect(outOf(run, 'g1', G1, strangerMac(1))).toEqual(['fw', 'g2', 'u1']);
  });

  test('LRN-01: a learned address is deliverable from guests without flooding', () => {
    const run = fixture({ learning: { flood: false } });
    expect(outOf(run, 'g1', G1, SELF)).toEqual(['u1']);
    outOf(run, 'fw', SELF, G1);
    expect(outOf(run, 'g1', G1, SELF)).toEqual(['fw']);
  });

  test('LRN-01: uplinks teach nothing', () => {
    const run = fixture({ learning: {} });
    const before = run.table('vsw');
    outOf(run, 'u1', ROUTER, G1);
    expect(run.table('vsw')).toEqual(before);
  });

  test('LRN-01: an address not heard for 600 s is unknown again', () => {
    const run = fixture({ learning: { flood: false } });
    outOf(run, 'fw', SELF, G1);
    expect(outOf(run.until(seconds(599)), 'u1', ROUTER, SELF)).toEqual(['fw']);
    expect(outOf(run.until(seconds(601)), 'u1', ROUTER, SELF)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['u1 dst-mac-mismatch']);
  });

  test('LRN-01: where only one port group learns, its addresses age just the same', () => {
    const run = learningFixture({ flood: false });
    outOf(run.until(seconds(1)), 'fw', SELF, G1);
    expect(outOf(run.until(seconds(600)), 'u1', ROUTER, SELF)).toEqual(['fw']);
    expect(outOf(run.until(seconds(602)), 'u1', ROUTER, SELF)).toEqual([]);
  });

  test('LRN-01: every frame heard makes an address 600 s younger', () => {
    const run = fixture({ learning: { flood: false } });
    outOf(run, 'fw', SELF, G1);
    outOf(run.until(seconds(500)), 'fw', SELF, G1);
    expect(outOf(run.until(seconds(1099)), 'u1', ROUTER, SELF)).toEqual(['fw']);
  });

  test('LRN-03: an address that has aged no longer counts towards the limit', () => {
    const run = fixture({ learning: { limit: 1, limitPolicy: 'drop' } });
    outOf(run, 'fw', SELF, G1);
    expect(outOf(run.until(seconds(601)), 'fw', strangerMac(1), G1)).toEqual(['g1']);
    expect(outOf(run.until(seconds(1202)), 'fw', strangerMac(2), G1)).toEqual(['g1']);
    expect(run.dropsAt('vsw')).toEqual([]);
  });

  test("LRN-03: another vNIC's address as source is not learned and takes no place", () => {
    const run = fixture({ learning: { limit: 1, limitPolicy: 'drop' } });
    for (let i = 0; i < 3; i++) expect(outOf(run, 'fw', G1, G2)).toEqual(['g2']);
    expect(outOf(run, 'fw', SELF, G2)).toEqual(['g2']);
    expect(outOf(run, 'g2', G2, G1)).toEqual(['g1']);
  });

  test('LRN-03: an address that moves to a full port is new there, and leaves a place where it was', () => {
    const run = fixture({ learning: { limit: 1, limitPolicy: 'drop' } });
    outOf(run, 'fw', SELF, G1);
    outOf(run, 'g2', strangerMac(1), G1);
    expect(outOf(run, 'g2', SELF, G1)).toEqual([]);
    expect(run.dropsAt('vsw')).toEqual(['g2 mac-limit']);
    expect(outOf(run, 'g1', SELF, G2)).toEqual(['g2']);
    expect(outOf(run, 'fw', strangerMac(2), G1)).toEqual(['g1']);
  });

  test('LRN-01: an address that moves to another port is delivered there', () => {
    const run = fixture({ learning: { flood: false } });
    outOf(run, 'fw', SELF, G1);
    outOf(run, 'g2', SELF, G1);
    expect(outOf(run, 'g1', G1, SELF)).toEqual(['g2']);
  });
});

// ── Learning switches ───────────────────────────────────────────────────────────────────────────────────────────────

describe('a learning switch', () => {
  const R = '00:00:5e:00:53:fe';

  /** fw, r and g2 on one bridge; the firewall is a host here: what matters is who gets its frames. */
  function bridge(): Run {
    const guests = { fw: FW, g2: G2, r: R };
    const parts = Object.entries(guests).flatMap(([name, address]) => [
      host(name, { mac: address }),
      link(`${name}:eth0`, `br:${name}`),
    ]);
    return given(lab(learningSwitch('br', { kind: 'bridge', ports: { fw: {}, g2: {}, r: {} } }), ...parts), { watch: ['br'] });
  }

  function bridged(run: Run, ingress: string, src: string, dst: string): string[] {
    return run.forgetSeen().receives(`br:${ingress}`, plainFrame(src, dst)).pass(ms(1)).sentBy('br');
  }

  test('HST-01: once the firewall has spoken with its self-generated MAC, frames to it reach it alone', () => {
    const run = bridge();
    expect(bridged(run, 'r', R, SELF)).toEqual(['fw', 'g2']);
    expect(bridged(run, 'fw', SELF, BROADCAST)).toEqual(['g2', 'r']);
    expect(bridged(run, 'r', R, SELF)).toEqual(['fw']);
  });

  test('HST-01: after 300 s of silence the address is flooded again', () => {
    const run = bridge();
    bridged(run, 'fw', SELF, BROADCAST);
    expect(bridged(run.until(seconds(299)), 'r', R, SELF)).toEqual(['fw']);
    expect(bridged(run.until(seconds(301)), 'r', R, SELF)).toEqual(['fw', 'g2']);
  });

  test('HST-01: VLANs keep separate tables', () => {
    const run = bridge();
    run.receives('br:fw', plainFrame(SELF, BROADCAST, 10)).pass(ms(1));
    run
      .forgetSeen()
      .receives('br:r', plainFrame(R, SELF, 20))
      .pass(ms(1));
    expect(run.sentBy('br')).toEqual(['fw', 'g2']);
    run
      .forgetSeen()
      .receives('br:r', plainFrame(R, SELF, 10))
      .pass(ms(1));
    expect(run.sentBy('br')).toEqual(['fw']);
  });

  test('HST-01: a full table floods what it cannot learn', () => {
    const parts = ['a', 'b', 'c'].flatMap((name) => [host(name), link(`${name}:eth0`, `br:${name}`)]);
    const run = given(lab(learningSwitch('br', { ports: { a: {}, b: {}, c: {} }, tableSize: 1 }), ...parts), { watch: ['br'] });
    bridged(run, 'a', strangerMac(1), BROADCAST);
    bridged(run, 'b', strangerMac(2), BROADCAST);
    expect(bridged(run, 'c', strangerMac(3), strangerMac(1))).toEqual(['a']);
    expect(bridged(run, 'c', strangerMac(3), strangerMac(2))).toEqual(['a', 'b']);
  });

  test('HST-02: a known source on another port moves the entry, and the switch counts the move', () => {
    const run = bridge();
    bridged(run, 'fw', SELF, BROADCAST);
    expect(run.nodeState('br').moved).toBe(0n);
    bridged(run, 'g2', SELF, BROADCAST);
    expect(run.nodeState('br').moved).toBe(1n);
    expect(bridged(run, 'r', R, SELF)).toEqual(['g2']);
  });

  describe('with a bond', () => {
    const GARP = vectorFrame('garp-request-a');
    const A = '00:50:56:aa:00:01';

    /** g on a port of its own, b1 and b2 on bond0, r beside them. */
    function bonded(): Run {
      const ports = { b1: { bond: 'bond0' }, b2: { bond: 'bond0' }, g: {}, r: {} };
      const parts = Object.keys(ports).flatMap((name) => [host(name), link(`${name}:eth0`, `br:${name}`)]);
      return given(lab(learningSwitch('br', { kind: 'bridge', ports }), ...parts), { watch: ['br'] });
    }

    const announced = (run: Run, ingress: string) => run.receives(`br:${ingress}`, GARP).pass(ms(1));

    test('HST-02: what is for everybody leaves by one member, and nothing comes back by the other', () => {
      const run = bonded();
      expect(bridged(run, 'g', G2, BROADCAST)).toEqual(['b1', 'r']);
      expect(bridged(run, 'b1', R, BROADCAST)).toEqual(['g', 'r']);
    });

    test('HST-02: the member that stands by receives nothing', () => {
      const run = bonded();
      expect(bridged(run, 'b2', R, BROADCAST)).toEqual([]);
      expect(run.dropsAt('br')).toEqual(['b2 port-blocked']);
    });

    test('HST-02: when the active member loses carrier the other takes over, and no address is forgotten', () => {
      const run = bonded();
      bridged(run, 'b1', R, BROADCAST);
      run.command('link down br:b1').pass(ms(1));
      expect(bridged(run, 'g', G2, R)).toEqual(['b2']);
    });

    test('HST-02: a gratuitous ARP from a port of its own moves the address and locks it: a reflection by the bond is not learned', () => {
      const run = bonded();
      announced(announced(run, 'r'), 'g').until(seconds(3));
      expect(bridged(announced(run, 'b1'), 'r', R, A)).toEqual(['g']);
    });

    test('HST-02: 5 s later it is believed', () => {
      const run = bonded();
      announced(run, 'g').until(seconds(6));
      expect(bridged(announced(run, 'b1'), 'r', R, A)).toEqual(['b1']);
    });

    test('HST-02: what is no gratuitous ARP moves the address at once', () => {
      const run = bonded();
      announced(run, 'g');
      bridged(run, 'b1', A, BROADCAST);
      expect(bridged(run, 'r', R, A)).toEqual(['b1']);
    });

    test('HST-02: a switch that lost power has forgotten its locks', () => {
      const run = bonded();
      announced(run, 'g').command('crash br').pass(ms(1)).command('power-on br').pass(ms(1));
      expect(bridged(announced(run, 'b1'), 'r', R, A)).toEqual(['b1']);
    });
  });

  test('HST-07: flooded unicast for another guest reaches the firewall, which drops it as not its own', () => {
    const run = bridge();
    bridged(run, 'r', R, G2);
    expect(run.dropsAt('fw')).toEqual(['eth0 not-mine']);
    expect(run.dropsAt('g2')).toEqual(['eth0 no-listener']);
  });
});

function macAfter(address: string): string {
  return strangerMac(Number.parseInt(address.slice(-5).replace(':', ''), 16) + 0x8000);
}

function tagOf(frame: Uint8Array): number | null {
  return EthernetView.over(frame)?.vlan?.id ?? null;
}
