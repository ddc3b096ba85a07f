/**
 * Rule COST-07: the bus of a NIC, which the frames of its functions share, and its embedded switch.
 *
 *   a ── vf0 ┐
 *   b ── vf1 ┤ nic ── wire ── outside
 *   c ── vf2 ┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { ms } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const MACS = { a: '02:00:5e:00:00:0a', b: '02:00:5e:00:00:0b', c: '02:00:5e:00:00:0c', outside: '02:00:5e:00:00:0f' };
/** A plain frame, padded, without its check sequence; at 8 Gbit/s a byte crosses the bus in a nanosecond. */
const FRAME_NS = 60;
const SWITCH_NS = 300;
/** A frame spends at least a nanosecond on a link. */
const LINK_NS = 1;

function file(nic: string, more = ''): string {
  const guest = (name: 'a' | 'b' | 'c', n: number) =>
    `    ${name}: { kind: host, on: h, interfaces: { eth0: { mac: ${MACS[name]}, ipv4: 10.0.1.${n}/24 } } }\n`;
  return `name: bus
duration: 1s
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: x710, vfs: 3${nic} }
${guest('a', 1)}${guest('b', 2)}${guest('c', 3)}    outside: { kind: host, interfaces: { eth0: { mac: ${MACS.outside}, ipv4: 10.0.1.9/24 } } }
  links:
    - { endpoints: ["a:eth0", "nic:vf0"], rate: unlimited, latency: 0 }
    - { endpoints: ["b:eth0", "nic:vf1"], rate: unlimited, latency: 0 }
    - { endpoints: ["c:eth0", "nic:vf2"], rate: unlimited, latency: 0 }
    - { endpoints: ["outside:eth0", "nic:wire"], rate: unlimited, latency: 0 }
${more}`;
}

/** How long after a frame came in at an interface of the NIC it arrives at each station that gets it. */
function taken(run: Run, at: string, ...frames: readonly Uint8Array[]): [string, number][] {
  const from = run.pass(ms(1)).nowNs;
  run
    .forgetSeen()
    .receives(at, ...frames)
    .pass(ms(1));
  return run.seen
    .filter(({ kind, at: where }) => kind === 'received' && where.endsWith(':eth0'))
    .map(({ at: where, atNs }): [string, number] => [where, atNs - from - LINK_NS]);
}

const WATCHED = ['a', 'b', 'c', 'outside'];
const toB = (bytes = FRAME_NS) => {
  const frame = new Uint8Array(bytes);
  frame.set(plainFrame(MACS.a, MACS.b).subarray(0, bytes));
  return frame;
};

describe('the bus', () => {
  const run = () => givenFile(file(', bus: { rate: 8G, switch: 0 }'), WATCHED).until(ms(5));

  test('COST-07c: a frame from VF to VF crosses it twice, one from or to the wire once', () => {
    const plain = taken(givenFile(file(''), WATCHED).until(ms(5)), 'nic:vf0', toB());
    expect(plain).toEqual([['b:eth0', 0]]);
    expect(taken(run(), 'nic:vf0', toB())).toEqual([['b:eth0', 2 * FRAME_NS]]);
    expect(taken(run(), 'nic:vf0', plainFrame(MACS.a, MACS.outside))).toEqual([['outside:eth0', FRAME_NS]]);
    expect(taken(run(), 'nic:wire', plainFrame(MACS.outside, MACS.b))).toEqual([['b:eth0', FRAME_NS]]);
  });

  test('COST-07c: all functions share it: a frame waits for those before it, and each copy of a broadcast crosses', () => {
    expect(taken(run(), 'nic:vf0', toB(), toB(1000))).toEqual([
      ['b:eth0', 2 * FRAME_NS],
      ['b:eth0', 2 * FRAME_NS + 2000],
    ]);
    const everywhere = taken(run(), 'nic:vf0', plainFrame(MACS.a, 'ff:ff:ff:ff:ff:ff'));
    expect(everywhere.sort()).toEqual([
      // The PF has the first copy.
      ['b:eth0', 3 * FRAME_NS],
      ['c:eth0', 4 * FRAME_NS],
      ['outside:eth0', FRAME_NS],
    ]);
  });

  test('COST-07c: between VFs it carries half of its rate; what finds no room is dropped, and to the wire it carries all', () => {
    const flows = (to: string) =>
      `flows: { f: { from: "a:eth0", to: ${to}, rate: 2000000, size: 1000, start: 10ms, stop: 20ms } }\n`;
    const share = (to: string) => {
      const run = givenFile(file(', bus: { rate: 8G, switch: 0, queue: 8KiB }', flows(to))).until(ms(40));
      return [Number(run.flow('f').received) / Number(run.flow('f').sent), run.dropped('nic:vf0', 'queue-full') > 0] as const;
    };
    const [between, dropped] = share('10.0.1.2');
    // 1,000 bytes take a microsecond of the bus: a million a second once, half a million twice.
    expect(between).toBeCloseTo(0.25, 2);
    expect(dropped).toBe(true);
    expect(share('10.0.1.9')[0]).toBeCloseTo(0.5, 2);
  });
});

describe('the embedded switch', () => {
  test('COST-07d: takes 0.3 us of each frame, of many at once, and nothing where the NIC has no VFs', () => {
    const run = () => givenFile(file(', bus: { rate: unlimited }'), WATCHED).until(ms(5));
    expect(taken(run(), 'nic:vf0', toB(), toB())).toEqual([
      ['b:eth0', SWITCH_NS],
      ['b:eth0', SWITCH_NS],
    ]);
    expect(taken(run(), 'nic:wire', plainFrame(MACS.outside, MACS.b))).toEqual([['b:eth0', SWITCH_NS]]);
    expect(taken(run(), 'nic:vf0', plainFrame(MACS.a, MACS.outside))).toEqual([['outside:eth0', SWITCH_NS]]);
    const slow = givenFile(file(', bus: { rate: 8G, switch: 1us }'), WATCHED).until(ms(5));
    expect(taken(slow, 'nic:vf0', toB())).toEqual([['b:eth0', 2 * FRAME_NS + 1000]]);
    const whole = `name: whole
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, bus: { rate: 63G } }
    a: { kind: host, on: h, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24 } } }
  links: [ { endpoints: ["a:eth0", "nic:pf"] }, { endpoints: ["b:eth0", "nic:wire"] } ]
`;
    expect(givenFile(whole).engine.lab.lab.nodes.find(({ name }) => name === 'nic')).toMatchObject({ bus: { switchNs: 0 } });
  });

  test('COST-07: a bus has a rate', () => {
    expect(validated(file(', bus: { switch: 300ns }'))).toEqual([expect.stringMatching(/rate/)]);
  });
});
