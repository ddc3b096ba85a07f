/**
 * Rule HST-03d: what a poll thread of OVS asks behind its exact-match cache.
 *
 *   a ── p1  br (ovs-dpdk, one thread)  p2 ── b
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readCores } from '../../ts/engine/derived-cores.ts';
import { COSTS_PS } from '../../ts/model/hardware/cost.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const B = '00:00:5e:00:53:fe';
const HIT_PS = COSTS_PS['pmd-rx'] + COSTS_PS.emc + COSTS_PS['pmd-tx'];
const MISS_PS = HIT_PS + COSTS_PS['emc-miss'];
const UPCALL_PS = MISS_PS + COSTS_PS.upcall;

function file(io: string, datapath = 'ovs-dpdk'): string {
  return `name: classifier
topology:
  nodes:
    br: { kind: bridge, datapath: ${datapath}, cores: 1, io: { ${io} } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.2/24, mac: "${B}" } } }
  links: [ { endpoints: ["a:eth0", "br:p1"] }, { endpoints: ["b:eth0", "br:p2"] } ]
`;
}

/** A UDP packet from the n-th stranger: one flow of many, by its source port. */
function packet(sourcePort: number, stranger = 1): Uint8Array {
  const bytes = new Uint8Array(60);
  bytes.set(plainFrame(strangerMac(stranger), B).subarray(0, 12));
  const ports = [sourcePort >> 8, sourcePort & 255, 0, 53];
  bytes.set([8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 9, 10, 0, 0, 8, ...ports], 12);
  return bytes;
}

function coreOf(run: Run) {
  return run.control.readCore(run.node('br'), 0);
}

/** How long the thread works on a frame, picoseconds; its counter has whole nanoseconds. */
function workPs(run: Run, frame: Uint8Array): number {
  const before = coreOf(run).workNs;
  run.receives('br:p1', frame).pass(ms(1));
  return Number(coreOf(run).workNs - before) * 1000;
}

/** That a frame takes as long, to a nanosecond. */
function expectWork(run: Run, frame: Uint8Array, ps: number): void {
  expect(Math.abs(workPs(run, frame) - ps)).toBeLessThanOrEqual(1000);
}

describe('the classifier of OVS', () => {
  test("HST-03d: it asks the control plane for a flow's first frame, and knows the flow from then on", () => {
    const run = givenFile(file('upcalls: on, emc-insert-inv-prob: 1'));
    expectWork(run, packet(1000), UPCALL_PS);
    expectWork(run, packet(1000), HIT_PS);
    // Of the same MACs: the exact-match cache does not have it, the classifier does.
    expectWork(run, packet(1001), MISS_PS);
    expectWork(run, packet(1000, 2), UPCALL_PS);
    expect(readCores(run.engine)).toMatchObject([{ node: 'br', flowHits: 1, flowMisses: 3, upcalls: 2, signatureHits: 0 }]);
  });

  test('HST-03d: unless the file says so, it knows every flow', () => {
    const run = givenFile(file('emc-insert-inv-prob: 0'));
    expectWork(run, packet(1000), MISS_PS);
    expect(coreOf(run).upcalls).toBe(0n);
  });

  test('HST-03d: a flow of which no frame came for 10 s is asked for again, though the exact-match cache has it', () => {
    const run = givenFile(file('upcalls: on, emc-insert-inv-prob: 1'));
    workPs(run, packet(1000));
    run.pass(seconds(9.9));
    expectWork(run, packet(1000), HIT_PS);
    run.pass(seconds(10.1));
    expectWork(run, packet(1000), UPCALL_PS);
    expectWork(run, packet(1000), HIT_PS);
  });

  test("HST-03d: the thread itself asks, so that the frame behind waits for the first one's answer", () => {
    const run = givenFile(file('upcalls: on, costs: { upcall: 1000000 }'), ['b']);
    run.receives('br:p1', packet(1000), packet(1000)).pass(ms(5));
    const times = run.seen.filter(({ at, kind }) => at === 'b:eth0' && kind === 'received').map(({ atNs }) => atNs);
    expect(times).toHaveLength(2);
    expect(times.every((atNs) => atNs > ms(1))).toBe(true);
  });

  test('HST-03d: 8,192 flows have room; a start of OVS forgets all', () => {
    const run = givenFile(file('upcalls: on, rx-ring: 4096, costs: { upcall: 1 }'));
    for (let first = 0; first < 2000; first += 1000) {
      run.receives('br:p1', ...Array.from({ length: 1000 }, (_, i) => packet(1, first + i))).pass(ms(5));
    }
    expect(coreOf(run).upcalls).toBe(2000n);
    run.receives('br:p1', ...Array.from({ length: 1000 }, (_, i) => packet(1, i))).pass(ms(5));
    // Few of them share eight places with more than seven others.
    expect(Number(coreOf(run).upcalls)).toBeLessThan(2020);
    const before = coreOf(run).upcalls;
    run.command('crash br').pass(ms(1)).command('power-on br').pass(ms(1)).receives('br:p1', packet(1, 999)).pass(ms(1));
    expect(coreOf(run).upcalls).toBe(before + 1n);
  });
});

describe('the signature cache of OVS', () => {
  test('HST-03d: has every flow from its second frame on, and costs less than the classifier', () => {
    const run = givenFile(file('smc: on, emc-insert-inv-prob: 0'));
    expectWork(run, packet(1000), MISS_PS);
    expectWork(run, packet(1000), HIT_PS + COSTS_PS.smc);
    expectWork(run, packet(1001), MISS_PS);
    expectWork(run, packet(1001), HIT_PS + COSTS_PS.smc);
    expect(coreOf(run)).toMatchObject({ flowHits: 0n, flowMisses: 4n, signatureHits: 2n });
  });

  test('HST-03d: a signature is worth nothing when the classifier has forgotten its flow', () => {
    const run = givenFile(file('smc: on, upcalls: on, emc-insert-inv-prob: 0'));
    expectWork(run, packet(1000), UPCALL_PS);
    expectWork(run, packet(1000), HIT_PS + COSTS_PS.smc);
    run.pass(seconds(10.1));
    expectWork(run, packet(1000), UPCALL_PS);
  });

  test('HST-03d: 10,000 flows find their places, where the exact-match cache has room for 8,192', () => {
    const run = givenFile(file('smc: on, rx-ring: 8192'));
    const send = () => {
      for (let first = 1; first < 10_000; first += 2000) {
        run.receives('br:p1', ...Array.from({ length: 2000 }, (_, i) => packet(first + i))).pass(ms(1));
      }
    };
    send();
    send();
    expect(Number(coreOf(run).signatureHits + coreOf(run).flowHits)).toBe(10_000);
  });

  test('HST-03d: validate says where nobody has them', () => {
    expect(validated(file('smc: on, upcalls: on', 'ovs-kernel'))).toEqual([
      expect.stringContaining('smc of br changes nothing: only datapath ovs-dpdk has this cache'),
      expect.stringContaining('upcalls of br changes nothing: only datapath ovs-dpdk has this classifier'),
    ]);
  });
});
