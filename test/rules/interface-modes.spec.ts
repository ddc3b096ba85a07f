/** What a firewall does with interfaces that do not route: layer 2 (MODE-02), tap (MODE-03), virtual wire (MODE-04). */
import { afterEach, describe, expect, test } from 'vitest';
import { arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { hex, plainFrame } from '../support/frames.ts';
import { ip, mac, ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const A = '00:50:56:c0:00:0a';
const B = '00:50:56:c0:00:0b';
const C = '00:50:56:c0:00:0c';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** A firewall whose interfaces are cabled straight to hosts: h1 at eth1, and so on. */
function firewallFile(modes: readonly string[], joined: string): string {
  const numbers = modes.map((_, index) => index + 1);
  const interfaces = numbers.map((n) => `        eth${n}: { mode: ${modes[n - 1]} }`).join('\n');
  const hosts = numbers.map((n) => `    h${n}: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.${n}/24 } } }`).join('\n');
  const links = numbers.map((n) => `    - endpoints: ["fw:eth${n}", "h${n}:eth0"]`).join('\n');
  return `name: modes
topology:
  nodes:
    esx: { kind: hypervisor }
    fw:
      kind: firewall
      on: esx
      ${joined}
      interfaces:
${interfaces}
${hosts}
  links:
${links}
`;
}

const WIRE = ['virtual-wire', 'virtual-wire'];

function wire(settings = ''): Run {
  return givenFile(firewallFile(WIRE, `virtual-wires: { w: { interfaces: [eth1, eth2]${settings} } }`), ['fw']);
}

describe('a virtual wire', () => {
  test('MODE-04a: passes frames on unchanged, source MAC and tag included, in both directions', () => {
    const run = wire(', tag-allowed: 0-4094');
    run
      .receives('fw:eth1', plainFrame(A, B, 77))
      .receives('fw:eth2', plainFrame(B, BROADCAST))
      .pass(ms(1));
    expect(run.frames('fw:eth2', 'sent').map(hex)).toEqual([hex(plainFrame(A, B, 77))]);
    expect(run.frames('fw:eth1', 'sent').map(hex)).toEqual([hex(plainFrame(B, BROADCAST))]);
  });

  test('MODE-04d: answers no ARP, and an address at one of its ends is refused', () => {
    const run = wire();
    const asks = emitArpFrame(arpRequest(mac(A), ip('10.0.0.9'), ip('10.0.0.1')));
    run.receives('fw:eth1', asks).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth2']);
    expect(run.frames('fw:eth2', 'sent').map(hex)).toEqual([hex(asks)]);
    const addressed = firewallFile(WIRE, 'virtual-wires: { w: { interfaces: [eth1, eth2] } }').replace(
      'eth1: { mode: virtual-wire }',
      'eth1: { mode: virtual-wire, ipv4: 10.0.0.99/24 }',
    );
    expect(validated(addressed)).toEqual([expect.stringMatching(/fw:eth1 is virtual-wire and has no address/)]);
  });

  test('MODE-04: passes only the tags it allows: untagged frames alone, unless told otherwise', () => {
    const plain = wire();
    plain.receives('fw:eth1', plainFrame(A, B), plainFrame(A, B, 10)).pass(ms(1));
    expect(plain.sentBy('fw')).toEqual(['eth2']);
    expect(plain.dropped('fw:eth1', 'wire-tag')).toBe(1);
    const tagged = wire(', tag-allowed: "10,20-21"');
    for (const vlan of [10, 19, 20, 21, 22, undefined]) tagged.receives('fw:eth2', plainFrame(B, A, vlan)).pass(ms(1));
    expect(tagged.sentBy('fw')).toEqual(['eth1', 'eth1', 'eth1']);
    expect(tagged.dropped('fw:eth2', 'wire-tag')).toBe(3);
  });

  test('MODE-04: an end that loses its carrier takes the carrier of the other along, and gives it back', () => {
    const run = wire();
    const isUp = () => ['fw:eth1', 'fw:eth2', 'h2:eth0'].map((end) => run.state.interfaces[end]?.isUp);
    run.command('link down h1:eth0');
    expect(isUp()).toEqual([false, false, false]);
    run.command('link up h1:eth0');
    expect(isUp()).toEqual([true, true, true]);
  });

  test('MODE-04: an end keeps its carrier where link state is not passed through', () => {
    const run = wire(', link-state-pass-through: off').command('link down h1:eth0');
    expect(run.state.interfaces['fw:eth2']?.isUp).toBe(true);
  });

  test('a host behind it sees nothing of it: ping and flow reach the other side', () => {
    const run = givenFile(
      `${firewallFile(WIRE, 'virtual-wires: { w: { interfaces: [eth1, eth2] } }')}flows: { f: { from: h1:eth0, to: 10.0.0.2, rate: 100, start: 0s, stop: 1s } }\n`,
    );
    run.until(seconds(2));
    expect(run.flow('f')).toMatchObject({ sent: 100n, received: 100n });
  });
});

const BRIDGE = ['layer2', 'layer2', 'layer2', 'layer2'];

describe('layer-2 interfaces', () => {
  test('MODE-02a: bridge frames for other stations: flood the unknown, then send where the address was learned', () => {
    const run = givenFile(firewallFile(BRIDGE, 'vlans: { v: { interfaces: [eth1, eth2, eth3, eth4] } }'), ['fw']);
    run.receives('fw:eth1', plainFrame(A, B)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth2', 'eth3', 'eth4']);
    run.forgetSeen().receives('fw:eth3', plainFrame(B, A)).pass(ms(1));
    run.receives('fw:eth1', plainFrame(A, B)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth1', 'eth3']);
  });

  test('MODE-02a: learn for each VLAN object by itself, and never mix two', () => {
    const run = givenFile(firewallFile(BRIDGE, 'vlans: { a: { interfaces: [eth1, eth2] }, b: { interfaces: [eth3, eth4] } }'), [
      'fw',
    ]);
    run.receives('fw:eth1', plainFrame(A, BROADCAST)).pass(ms(1));
    run.forgetSeen().receives('fw:eth3', plainFrame(B, A)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth4']);
  });

  test('MODE-02a: take untagged frames only, and give nothing back to where it came from', () => {
    const run = givenFile(firewallFile(BRIDGE.slice(0, 2), 'vlans: { a: { interfaces: [eth1, eth2] } }'), ['fw']);
    run.receives('fw:eth1', plainFrame(A, BROADCAST), plainFrame(C, A), plainFrame(A, B, 5)).pass(ms(1));
    expect(run.dropped('fw:eth1', 'vlan-mismatch')).toBe(1);
    expect(run.dropped('fw:eth1', 'no-recipient')).toBe(1);
  });

  test('MODE-02c: forget an address that was not used for 1,800 s', () => {
    const run = givenFile(firewallFile(BRIDGE.slice(0, 3), 'vlans: { a: { interfaces: [eth1, eth2, eth3] } }'), ['fw']);
    const goesTo = () => {
      run.forgetSeen().receives('fw:eth2', plainFrame(B, A)).pass(ms(1));
      return run.sentBy('fw');
    };
    run.receives('fw:eth1', plainFrame(A, BROADCAST)).until(seconds(1799));
    expect(goesTo()).toEqual(['eth1']);
    run.until(seconds(1801));
    expect(goesTo()).toEqual(['eth1', 'eth3']);
  });

  test('forget what they learned with carrier and with power', () => {
    const run = givenFile(firewallFile(BRIDGE.slice(0, 3), 'vlans: { a: { interfaces: [eth1, eth2, eth3] } }'), ['fw']);
    run.receives('fw:eth1', plainFrame(A, BROADCAST)).pass(ms(1));
    run.command('link down h1:eth0').command('link up h1:eth0');
    run.forgetSeen().receives('fw:eth2', plainFrame(B, A)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth1', 'eth3']);
    run.command('crash fw').command('power-on fw').pass(seconds(1));
    run.forgetSeen().receives('fw:eth1', plainFrame(A, B)).pass(ms(1));
    expect(run.sentBy('fw')).toEqual(['eth2', 'eth3']);
  });
});

test('MODE-03b: a tap takes what it hears and sends nothing', () => {
  const run = givenFile(firewallFile(['tap'], ''), ['fw']);
  run.receives('fw:eth1', plainFrame(A, B), plainFrame(A, BROADCAST), plainFrame(A, B, 10)).pass(ms(1));
  expect(run.sentBy('fw')).toEqual([]);
  expect(run.nodeState('fw')).toMatchObject({ consumed: 3n, dropped: 0n });
});

test('HA-01: the passive unit of a pair bridges nothing', () => {
  const unit = (name: string) =>
    `    ${name}: { kind: firewall, on: esx, virtual-wires: { w: { interfaces: [eth1, eth2] } }, interfaces: { eth1: { mode: virtual-wire }, eth2: { mode: virtual-wire }, ha1: {} } }`;
  const run = givenFile(
    `name: pair
topology:
  nodes:
    esx: { kind: hypervisor }
${unit('fw1')}
${unit('fw2')}
    in: { kind: switch }
    out: { kind: switch }
  links:
    - endpoints: ["fw1:eth1", "in:p1"]
    - endpoints: ["fw2:eth1", "in:p2"]
    - endpoints: ["fw1:eth2", "out:p1"]
    - endpoints: ["fw2:eth2", "out:p2"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { p: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ] } }
`,
    ['fw1', 'fw2'],
  ).until(seconds(5));
  run.forgetSeen().receives('fw1:eth1', plainFrame(A, B)).receives('fw2:eth1', plainFrame(A, B)).pass(ms(1));
  expect([run.sentBy('fw1'), run.sentBy('fw2')]).toEqual([['eth2'], []]);
  expect(run.dropped('fw2:eth1', 'ha-not-active')).toBe(1);
});

describe('a lab file is told', () => {
  const refused = (modes: readonly string[], joined: string) => validated(firewallFile(modes, joined));

  test.each<[string, readonly string[], string, RegExp]>([
    ['an interface that is part of nothing', ['layer2'], '', /fw:eth1 is layer2, but part of nothing.*MODE-02/],
    ['a wire with one end', ['virtual-wire'], 'virtual-wires: { w: { interfaces: [eth1] } }', /expected at least 2 items/],
    [
      'an end of another mode',
      ['virtual-wire', 'layer3'],
      'virtual-wires: { w: { interfaces: [eth1, eth2] } }',
      /eth2 is layer3, not virtual-wire/,
    ],
    ['an interface nobody has', ['layer2'], 'vlans: { v: { interfaces: [eth1, eth9] } }', /fw has no interface eth9/],
    [
      'an end of two wires',
      [...WIRE, 'virtual-wire'],
      'virtual-wires: { a: { interfaces: [eth1, eth2] }, b: { interfaces: [eth2, eth3] } }',
      /eth2 is already part of a/,
    ],
    [
      'a tag that is none',
      WIRE,
      'virtual-wires: { w: { interfaces: [eth1, eth2], tag-allowed: 5000 } }',
      /5000 is not VLAN ids from 0 to 4094/,
    ],
  ])('%s', (_what, modes, joined, message) => {
    expect(refused(modes, joined)).toEqual([expect.stringMatching(message)]);
  });
});

describe('a loop', () => {
  const legs = (modes: string, joined: string, vlans: readonly [number, number]) => `name: loop
topology:
  nodes:
    esx: { kind: hypervisor }
    vsw:
      kind: vswitch
      on: esx
      promiscuous: accept
      ports: { p1: { vlan: ${vlans[0]} }, p2: { vlan: ${vlans[1]} } }
    fw: { kind: firewall, on: esx, ${joined}, interfaces: { eth1: { mode: ${modes} }, eth2: { mode: ${modes} } } }
    h: { kind: host, on: esx, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
  links:
    - endpoints: ["fw:eth1", "vsw:p1"]
    - endpoints: ["fw:eth2", "vsw:p2"]
    - endpoints: ["h:eth0", "vsw:p3"]
`;

  test.each([
    ['virtual-wire', 'virtual-wires: { w: { interfaces: [eth1, eth2] } }', 'MODE-04'],
    ['layer2', 'vlans: { w: { interfaces: [eth1, eth2] } }', 'MODE-02'],
  ])('MODE-04e: of two promiscuous legs on one VLAN is warned about, and shown: %s', (mode, joined, rule) => {
    expect(validated(legs(mode, joined, [10, 20]))).toEqual([]);
    const message = `fw:eth1 and fw:eth2 of w are in one VLAN of vsw: what goes out of one comes back by the other, for ever [${rule}]`;
    expect(validated(legs(mode, joined, [0, 0]))).toEqual([expect.stringContaining(message)]);
    const run = givenFile(legs(mode, joined, [0, 0]), ['fw']);
    run.receives('vsw:p3', plainFrame(A, BROADCAST)).pass(ms(1));
    expect(run.sentBy('fw').length).toBeGreaterThan(100);
  });
});
