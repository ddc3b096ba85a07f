/**
 * Subinterfaces (rules MAC-12, MAC-09, MODE-02): eth1.10 is an interface of its own whose frames have tag 10 on the line of eth1.
 *
 *   h1 ── h1:eth0.10 10.0.10.2 ─┐                ┌─ fw:eth1.10 10.0.10.1
 *                      h1:eth0 ──── one cable ──── fw:eth1
 *      └─ h1:eth0.20 10.0.20.2 ─┘                └─ fw:eth1.20 10.0.20.1
 */
import { afterEach, describe, expect, test } from 'vitest';
import { arpRequest, emitArpFrame, parseArpFrame } from '../../ts/wire/arp.ts';
import { emitEthernet, parseEthernet } from '../../ts/wire/ethernet.ts';
import { hex, plainFrame } from '../support/frames.ts';
import { ip, mac, ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const A = '00:50:56:c0:00:0a';
const B = '00:50:56:c0:00:0b';
const PARENT = '00:50:56:c0:00:01';
const SELF = 'ba:db:ee:fb:ad:10';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

const SUBS = 'eth1: { mac: "00:50:56:c0:00:01" }, eth1.10: { ipv4: 10.0.10.1/24 }, eth1.20: { ipv4: 10.0.20.1/24 }';
const GUESTS = 'eth0: { mac: "00:50:56:c0:00:02" }, eth0.10: { ipv4: 10.0.10.2/24 }, eth0.20: { ipv4: 10.0.20.2/24 }';

/** A firewall and a host at one cable. */
function cableFile(firewall = SUBS, host = GUESTS, more = ''): string {
  return `name: subs
topology:
  nodes:
    esx: { kind: hypervisor }
    fw: { kind: firewall, on: esx, interfaces: { ${firewall} } }
    h1: { kind: host, interfaces: { ${host} } }
  links:
    - endpoints: ["fw:eth1", "h1:eth0"]
${more}`;
}

function tagged(bytes: Uint8Array, id: number, priority = 0): Uint8Array {
  const frame = parseEthernet(bytes);
  if (frame === null) throw new Error('no frame');
  return emitEthernet({ ...frame, vlan: { id, priority, isDropEligible: false } });
}

function tagOf(bytes: Uint8Array): number {
  return parseEthernet(bytes)?.vlan?.id ?? 0;
}

/** "tag address" of every gratuitous ARP that an interface sent. */
function announced(run: Run, at: string): string[] {
  return run.frames(at, 'sent').flatMap((bytes) => {
    const arp = parseArpFrame(bytes)?.arp;
    return arp !== undefined && arp.senderIp === arp.targetIp ? [`${tagOf(bytes)} ${arp.senderIp} ${arp.senderMac}`] : [];
  });
}

describe('a layer-3 subinterface', () => {
  test('MAC-12a: answers with the MAC of its parent, with its tag, and no other one answers for its address', () => {
    const run = givenFile(cableFile(), ['fw']);
    const asks = emitArpFrame(arpRequest(mac(A), ip('10.0.10.9'), ip('10.0.10.1')));
    run.receives('fw:eth1', tagged(asks, 10), tagged(asks, 20), asks).pass(ms(1));
    const [answer, ...others] = run.frames('fw:eth1', 'sent');
    expect(others).toEqual([]);
    expect(tagOf(answer ?? new Uint8Array())).toBe(10);
    expect(parseArpFrame(answer ?? new Uint8Array())?.arp).toMatchObject({
      senderMac: PARENT,
      senderIp: '10.0.10.1',
      targetMac: A,
    });
  });

  test('routes between tags over one cable, and counts its frames beside its parent', () => {
    const run = givenFile(
      cableFile(SUBS, `${GUESTS}, eth9: {}`)
        .replace(
          '  links:',
          '    h2: { kind: host, gateway: 10.0.30.1, interfaces: { eth0: { ipv4: 10.0.30.2/24 } } }\n  links:\n    - endpoints: ["h2:eth0", "fw:eth2"]\n    - endpoints: ["h1:eth9", "sw:p1"]',
        )
        .replace('eth1: {', 'eth2: { ipv4: 10.0.30.1/24 }, eth1: {')
        .replace('    h1: {', '    sw: { kind: switch }\n    h1: {')
        .concat('flows: { f: { from: h2:eth0, to: 10.0.20.2, rate: 1000, size: 100, stop: 10ms } }\n'),
      ['fw'],
    ).until(seconds(1));
    expect(run.flow('f')).toMatchObject({ sent: 10n, received: 10n });
    expect(new Set(run.frames('fw:eth1', 'sent').map(tagOf))).toEqual(new Set([20]));
    const [parent, sub, other] = ['fw:eth1', 'fw:eth1.20', 'fw:eth1.10'].map((at) => run.portState(at));
    expect(sub?.txFrames).toBeGreaterThanOrEqual(10n);
    expect([parent?.txFrames, parent?.rxBytes]).toEqual([sub?.txFrames, sub?.rxBytes]);
    expect(other?.txFrames).toBe(0n);
  });

  test('takes no frame of another tag, nor does its parent: vlan-mismatch', () => {
    const run = givenFile(cableFile())
      .receives('fw:eth1', plainFrame(A, PARENT, 30))
      .pass(ms(1));
    expect(run.dropped('fw:eth1', 'vlan-mismatch')).toBe(1);
    expect(run.portState('fw:eth1.10').rxFrames).toBe(0n);
  });

  test('JUM-01: has an MTU of its own: longer frames are dropped where they come in', () => {
    const flows = 'flows: { f: { from: h1:eth0.10, to: 10.0.10.1, rate: 10, size: 700, stop: 1s } }\n';
    const file = cableFile(SUBS.replace('eth1.10: {', 'eth1.10: { mtu: 600,'), GUESTS, flows);
    const run = givenFile(file).until(seconds(2));
    expect(run.dropped('fw:eth1.10', 'frame-too-long')).toBe(10);
  });

  test('MAC-12a, MAC-10: follows when the host edits the vNIC, and announces its address', () => {
    const run = givenFile(cableFile(), ['fw']).command(`edit-mac fw:eth1 ${B}`).pass(ms(1));
    for (const name of ['fw:eth1', 'fw:eth1.10', 'fw:eth1.20']) {
      expect(run.state.interfaces[name]).toMatchObject({ initialMac: B, effectiveMac: B, usedMac: B });
    }
    expect(announced(run, 'fw:eth1')).toEqual([`10 10.0.10.1 ${B}`, `20 10.0.20.1 ${B}`]);
    expect(run.command(`edit-mac fw:eth1.10 ${A}`).said('CommandRefused').at(-1)?.data.reasons.join()).toContain(
      'fw:eth1.10 is a subinterface: it has the MAC of fw:eth1',
    );
  });

  test("MAC-12a: of a host follows the guest's own change, in all its frames", () => {
    const run = givenFile(cableFile(), ['h1']).command(`guest-mac h1:eth0 ${B}`).command('ping h1 10.0.20.1').pass(ms(1));
    expect(run.state.interfaces['h1:eth0.20']).toMatchObject({ effectiveMac: B, usedMac: B });
    expect(run.frames('h1:eth0', 'sent').map((bytes) => parseEthernet(bytes)?.src)).toEqual([B, B]);
  });

  test('has the carrier of its parent', () => {
    const run = givenFile(cableFile()).command('link down fw:eth1').pass(ms(1));
    const lost = run.said('InterfaceLinkChanged', { node: 'fw', up: false });
    expect(lost.map(({ data }) => data.interface)).toEqual(['eth1', 'eth1.10', 'eth1.20']);
    expect(lost[1]?.cause).toBe(lost[0]?.position);
    expect(run.command('ping fw 10.0.10.2').pass(seconds(1)).dropsAt('fw')).toContain('eth1.10 link-down');
    run.command('link up fw:eth1').pass(ms(1));
    expect(run.state.interfaces['fw:eth1.20']?.isUp).toBe(true);
    expect(run.command('link down fw:eth1.10').said('CommandRefused').at(-1)?.data.reasons.join()).toContain(
      'no link at fw:eth1.10',
    );
  });
});

describe('with the option off', () => {
  test('MAC-01d, MAC-09h, MAC-12a: a commit changes a subinterface with its parent, logs it and announces its address', () => {
    const run = givenFile(cableFile(), ['fw']).command('commit fw use-hypervisor-mac off').pass(ms(1));
    const changed = run.said('MacAddressChanged', { node: 'fw', which: 'used' });
    expect(changed.map(({ data }) => `${data.interface} ${data.new} ${data.cause}`)).toEqual([
      `eth1 ${SELF} option-off`,
      `eth1.10 ${SELF} option-off`,
      `eth1.20 ${SELF} option-off`,
    ]);
    expect(run.said('SystemLog').map(({ data }) => data.text)).toContain(
      `MAC address of eth1.20 changed from ${PARENT} to ${SELF} (option-off)`,
    );
    expect(announced(run, 'fw:eth1')).toEqual([`10 10.0.10.1 ${SELF}`, `20 10.0.20.1 ${SELF}`]);
    expect(run.said('InterfaceModeChanged', { interface: 'eth1.10' }).at(-1)?.data).toMatchObject({
      mode: 'layer3',
      macSource: 'self',
    });
    expect(run.said('PromiscuousChanged').map(({ data }) => data.interface)).toEqual(['eth1']);
  });
});

const UNIT = (name: string) =>
  `    ${name}: { kind: firewall, on: esx, use-hypervisor-mac: off, interfaces: { eth1.10: { ipv4: 10.0.10.1/24 }, eth1.20: { ipv4: 10.0.20.1/24 }, ha1: {} } }`;

function pairFile(more = ''): string {
  return `name: pair
topology:
  nodes:
    esx: { kind: hypervisor }
    sw: { kind: switch }
${UNIT('fw1')}
${UNIT('fw2')}
  links:
    - endpoints: ["fw1:eth1", "sw:p1"]
    - endpoints: ["fw2:eth1", "sw:p2"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { p: { group: 5, ${more}members: [ { node: fw1, priority: 50 }, { node: fw2 } ] } }
`;
}

describe('in a pair', () => {
  test('HA-16, MAC-12a: the new active unit announces every subinterface ten times, with the virtual MAC and its tag', () => {
    const run = givenFile(pairFile(), ['fw2']).until(seconds(5)).command('crash fw1').until(seconds(30));
    const sent = announced(run, 'fw2:eth1');
    for (const one of ['10 10.0.10.1 00:1b:17:00:05:10', '20 10.0.20.1 00:1b:17:00:05:10']) {
      expect(sent.filter((other) => other === one)).toHaveLength(10);
    }
    expect(sent).toHaveLength(20);
  });

  test('HA-12: the links of the passive unit are shut and opened with their subinterfaces', () => {
    const run = givenFile(pairFile('passive-link-state: shutdown, '), ['fw2']).until(seconds(5));
    expect(run.state.interfaces['fw2:eth1.10']?.isUp).toBe(false);
    run.command('crash fw1').until(seconds(30));
    expect(run.state.interfaces['fw2:eth1.10']?.isUp).toBe(true);
    expect(announced(run, 'fw2:eth1').length).toBe(20);
  });
});

describe('a layer-2 subinterface', () => {
  const BRIDGE = `name: bridge
topology:
  nodes:
    esx: { kind: hypervisor }
    fw:
      kind: firewall
      on: esx
      vlans: { a: { interfaces: [eth1.10, eth2] }, b: { interfaces: [eth1.20, eth3] } }
      interfaces: { eth1: { mode: layer2 }, eth1.10: {}, eth1.20: { tag: 21 }, eth2: { mode: layer2 }, eth3: { mode: layer2 } }
    h1: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    h2: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
    h3: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.3/24 } } }
  links:
    - endpoints: ["fw:eth1", "h1:eth0"]
    - endpoints: ["fw:eth2", "h2:eth0"]
    - endpoints: ["fw:eth3", "h3:eth0"]
`;

  test('MODE-02a: bridges the frames of its tag within its VLAN object, tags what leaves, and its parent drops the rest', () => {
    const run = givenFile(BRIDGE, ['fw']);
    run.receives('fw:eth1', plainFrame(A, BROADCAST, 10), plainFrame(A, BROADCAST, 20), plainFrame(A, BROADCAST)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth2']);
    expect(run.frames('fw:eth2', 'sent').map(hex)).toEqual([hex(plainFrame(A, BROADCAST))]);
    expect(run.dropped('fw:eth1', 'vlan-mismatch')).toBe(2);
    run.forgetSeen().receives('fw:eth3', plainFrame(B, BROADCAST)).receives('fw:eth2', plainFrame(B, A)).pass(ms(1));
    expect(run.frames('fw:eth1', 'sent').map(hex).sort()).toEqual(
      [hex(plainFrame(B, BROADCAST, 21)), hex(plainFrame(B, A, 10))].sort(),
    );
  });

  test('keeps the priority of a tag that it changes, and forgets what it learned with the carrier of its parent', () => {
    const file = BRIDGE.replace(
      'a: { interfaces: [eth1.10, eth2] }, b: { interfaces: [eth1.20, eth3] }',
      'a: { interfaces: [eth1.10, eth1.20, eth2] }, b: { interfaces: [eth3] }',
    );
    const run = givenFile(file, ['fw'])
      .receives('fw:eth1', tagged(plainFrame(A, BROADCAST), 10, 5))
      .pass(ms(1));
    expect(run.frames('fw:eth1', 'sent').map(hex)).toEqual([hex(tagged(plainFrame(A, BROADCAST), 21, 5))]);
    run.command('link down fw:eth1').command('link up fw:eth1').forgetSeen().receives('fw:eth2', plainFrame(B, A)).pass(ms(1));
    expect(run.frames('fw:eth1', 'sent').map(tagOf).sort()).toEqual([10, 21]);
  });
});

describe('on a device', () => {
  const nicFile = (model: string, device: string, settings = '', host = '') => `name: nic
topology:
  nodes:
    kvm: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: kvm, model: ${model}, vfs: 1${settings} }
    fw: { kind: firewall, on: kvm, interfaces: { eth1.10: { ipv4: 10.0.10.1/24 } } }
    h1: { kind: host, interfaces: { eth0.10: { ipv4: 10.0.10.2/24 } } }
  links:
    - endpoints: ["fw:eth1", "nic:${device}"]
    - endpoints: ["h1:eth0", "nic:wire"]
flows: { f: { from: h1:eth0.10, to: 10.0.10.1, rate: 100, size: 100, start: 100ms, stop: 200ms } }
${host}`;

  test.each([
    ['MBX-05', 'x550'],
    ['VCH-04', 'xl710'],
  ])("%s: a VF's driver asks for the tags of its subinterfaces when it starts, and again after a reset: %s", (_rule, model) => {
    const run = givenFile(nicFile(model, 'vf0')).until(seconds(1));
    expect(run.state.functions['nic:vf0']?.vlans).toEqual([0, 10]);
    expect(run.flow('f')).toMatchObject({ received: 10n });
    run.command('ip link set nic:pf vf 0 trust on').until(seconds(2));
    expect(run.state.functions['nic:vf0']?.vlans).toEqual([0, 10]);
  });

  test('PCI-02: a guest on the PF has the VLANs of its subinterfaces', () => {
    const run = givenFile(nicFile('x550', 'pf', '').replace('vfs: 1', 'vfs: 0')).until(seconds(1));
    expect(run.flow('f')).toMatchObject({ received: 10n });
  });

  test('a firewall with cores has rings for its lines, none for subinterfaces, and sends their frames by them', () => {
    const file = cableFile(
      SUBS,
      GUESTS,
      'flows: { f: { from: h1:eth0.10, to: 10.0.10.1, rate: 1000, size: 100, start: 100ms, stop: 200ms } }\n',
    );
    const run = givenFile(file.replace('on: esx, interfaces', 'on: esx, cores: 1, interfaces')).until(seconds(1));
    expect(run.flow('f')).toMatchObject({ received: 100n });
    expect(Object.keys(run.state.drivers)).toEqual(['fw:eth1']);
  });
});

describe('a lab file is told', () => {
  const refused = (firewall: string, more = '') => validated(cableFile(firewall, 'eth0: { ipv4: 10.0.0.2/24 }', more));

  test.each<[string, string, RegExp]>([
    [
      'of one tag twice',
      'eth1.10: { ipv4: 10.0.1.1/24 }, eth1.11: { tag: 10, ipv4: 10.0.2.1/24 }',
      /fw:eth1.11 has tag 10, as fw:eth1.10 has \[MAC-12\]/,
    ],
    [
      'of a number that is no tag',
      'eth1.5000: { ipv4: 10.0.1.1/24 }',
      /fw:eth1.5000 has no tag: 5000 is not a VLAN from 1 to 4094/,
    ],
    [
      'of a subinterface of a subinterface',
      'eth1.10: { ipv4: 10.0.1.1/24 }, eth1.10.5: { ipv4: 10.0.2.1/24 }',
      /fw:eth1.10.5 is a subinterface of a subinterface/,
    ],
    ['of a subinterface of a tap', 'eth1: { mode: tap }, eth1.10: {}', /fw:eth1 is tap: only layer3 and layer2 interfaces/],
    [
      'of a parent that is linked to nothing',
      'eth2.10: { ipv4: 10.0.1.1/24 }, eth1: { ipv4: 10.0.0.1/24 }',
      /fw:eth2.10 is a subinterface of eth2, which is not linked/,
    ],
    [
      'of a MAC of its own',
      'eth1.10: { ipv4: 10.0.1.1/24, mac: "00:50:56:c0:00:09" }',
      /fw:eth1.10 is a subinterface: mac is a property of eth1/,
    ],
    ['of another mode', 'eth1.10: { mode: tap }', /fw:eth1.10 has the mode of eth1, layer3; it cannot be tap/],
    [
      'of an MTU above its parent',
      'eth1: { mtu: 1000 }, eth1.10: { mtu: 1200, ipv4: 10.0.1.1/24 }',
      /fw:eth1.10 cannot have MTU 1200: that of eth1 is 1000 \[JUM-01\]/,
    ],
    ['of a tag without a subinterface', 'eth1: { ipv4: 10.0.0.1/24, tag: 5 }', /fw:eth1 is no subinterface and has no tag/],
  ])('%s', (_what, firewall, message) => {
    expect(refused(firewall)).toEqual([expect.stringMatching(message)]);
  });

  test('of a link to a subinterface', () => {
    const text = cableFile('eth1.10: { ipv4: 10.0.1.1/24 }').replace('"fw:eth1"', '"fw:eth1.10"');
    expect(validated(text)).toContainEqual(
      expect.stringMatching(/fw:eth1.10 is a subinterface of eth1, which has no cable of its own \[MAC-12\]/),
    );
  });

  test('of units whose tags differ, and of link monitoring of a subinterface', () => {
    const differ = pairFile().replace('eth1.20: {', 'eth1.20: { tag: 22,');
    expect(validated(differ)).toEqual([
      expect.stringMatching(/fw2:eth1.20 \(layer3 tag 20 .*differs from fw1:eth1.20 \(layer3 tag 22/),
    ]);
    const lacks = pairFile().replace(', eth1.20: { ipv4: 10.0.20.1/24 }', '');
    expect(validated(lacks)).toEqual([expect.stringMatching(/fw2 has eth1.20 but fw1 does not/)]);
    const watches = pairFile('link-monitoring: { groups: { g: { interfaces: [eth1.10] } } }, ');
    expect(validated(watches)).toEqual([
      expect.stringMatching(/eth1.10 is a subinterface; link monitoring is about links \[HA-09\]/),
    ]);
  });

  const SWITCHED = (port: string, kind = 'vswitch, on: esx') =>
    `name: switched
topology:
  nodes:
    esx: { kind: hypervisor }
    sw: { kind: ${kind}, ports: { p1: { ${port} } } }
    fw: { kind: firewall, on: esx, interfaces: { eth1.10: { ipv4: 10.0.10.1/24 } } }
    h1: { kind: host, ${kind.startsWith('vswitch') ? 'on: esx, ' : ''}gateway: 10.0.10.1, interfaces: { eth0: { ipv4: 10.0.10.2/24 } } }
  links:
    - endpoints: ["fw:eth1", "sw:p1"]
    - endpoints: ["h1:eth0", "sw:p2"]
`.replace('ports: { p1', 'ports: { p2: { vlan: 10 }, p1');

  test.each<[string, string, string | undefined, RegExp]>([
    [
      'a vSwitch port without VLANs',
      '',
      undefined,
      /sw:p1 takes untagged frames only: it drops the frames of fw:eth1.10, which have tag 10 \[VSW-07\]/,
    ],
    ['a vSwitch port of one VLAN', 'vlan: 10', undefined, /sw:p1 is in VLAN 10: it drops/],
    ['an access port', 'vlan: 10', 'switch', /sw:p1 is an access port of VLAN 10: it drops/],
  ])('of tags that %s drops, and it does drop them', (_what, port, kind, message) => {
    const file = SWITCHED(port, kind);
    expect(validated(file)).toContainEqual(expect.stringMatching(message));
    const run = givenFile(file).command('ping fw 10.0.10.2').pass(ms(10));
    expect(run.dropped('sw:p1', 'vlan-mismatch')).toBe(1);
  });

  test('nothing of a trunk: its addresses are on the segment of its tag', () => {
    const file = SWITCHED('vlan: 4095');
    expect(validated(file)).toEqual([]);
    expect(validated(file.replace('gateway: 10.0.10.1', 'gateway: 10.0.10.7'))).toEqual([
      expect.stringMatching(/nobody on that segment has this address/),
    ]);
    const run = givenFile(file).command('ping fw 10.0.10.2').pass(ms(10));
    expect(run.neighbour('fw', '10.0.10.2')).not.toBeNull();
  });
});
