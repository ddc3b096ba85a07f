/** Rules HST-03, HST-05 to HST-07, COST-01, COST-05 and COST-08 at the control door: cores that charge, and rings that two of them share. */
import { afterEach, describe, expect, test } from 'vitest';
import type { RingConfig } from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab, RING } from '../support/io-lab.ts';
import { flow, host, lab, learningSwitch, link, type Part, seconds } from '../support/lab.ts';

const FAR_MAC = '02:00:00:00:00:01';
const GUEST_MAC = '02:00:00:00:00:02';
const FRAME = plainFrame(strangerMac(1), GUEST_MAC);
/** A core that looks once in four seconds: a guest that is stopped. */
const STOPPED = { loopNs: 4_000_000_000 };
const INSTANT = { rateBps: 0, latencyNs: 0 } as const;

let last: IoLab | null = null;

afterEach(() => {
  expect(last?.unaccounted().every((difference) => difference === 0)).toBe(true);
});

/** far ──── br:p0 │ br:p1 ──── g: a host switch and its guest, each to be given cores. */
function hostAndGuest(watch: readonly string[] = [], ...extra: readonly Part[]): IoLab {
  last = new IoLab(
    lab(
      learningSwitch('br', { kind: 'bridge', ports: { p0: {}, p1: {} } }),
      host('far', { mac: FAR_MAC, ip: '10.0.0.1/24' }),
      host('g', { mac: GUEST_MAC, ip: '10.0.0.2/24' }),
      link('far:eth0', 'br:p0', INSTANT),
      link('g:eth0', 'br:p1', INSTANT),
      ...extra,
    ),
    watch,
  );
  last.neighbour('far:eth0', '10.0.0.2', GUEST_MAC);
  last.neighbour('g:eth0', '10.0.0.1', FAR_MAC);
  return last;
}

/** far ──── g. */
function guest(watch: readonly string[] = [], ...extra: readonly Part[]): IoLab {
  const parts = [host('far', { mac: FAR_MAC, ip: '10.0.0.1/24' }), host('g', { mac: GUEST_MAC, ip: '10.0.0.2/24' })];
  last = new IoLab(lab(...parts, link('far:eth0', 'g:eth0', INSTANT), ...extra), watch);
  last.neighbour('far:eth0', '10.0.0.2', GUEST_MAC);
  return last;
}

/** When frames were dropped at watched ports: at a guest that wants none of them, when it decided. */
function decidedNs(io: IoLab): number[] {
  return io.seen.filter(({ kind }) => kind === 'dropped').map(({ atNs }) => atNs);
}

describe('a core', () => {
  test('COST-01: one core, a stage of 100 ns, 12 Mpps offered: 10 Mpps out, and the rest is counted', () => {
    const io = guest([], flow('f', { from: 'far:eth0', to: '10.0.0.2', intervalPs: 83_333, startNs: 0, stopNs: seconds(0.02) }));
    io.core('g');
    io.ring('g:eth0', { size: 64, rxPs: 100_000 });
    io.until(seconds(0.01));
    const before = io.flow();
    io.until(seconds(0.011));
    expect(io.flow().received - before.received).toBe(10_000n);
    io.until(seconds(0.03));
    const { sent, received } = io.flow();
    expect(received + BigInt(io.dropped('g:eth0', 'rx-ring-full'))).toBe(sent);
    expect(io.readRing('g:eth0').missed).toBe(BigInt(io.dropped('g:eth0', 'rx-ring-full')));
  });

  test('COST-01: picoseconds add up: a core of 31.9 ns decides 1000 frames in 31.9 us', () => {
    const io = guest(['g']);
    io.core('g');
    io.ring('g:eth0', { size: 1024, rxPs: 31_900 });
    io.arrive('g:eth0', plainFrame(strangerMac(1), strangerMac(2)), 0, 1000).until(100_000);
    const times = decidedNs(io);
    expect([times[0], times[9], times[999]]).toEqual([32, 319, 31_900]);
    expect(io.readCore('g')).toMatchObject({ workNs: 31_900n, frames: 1000n, bursts: 32n });
  });

  test('COST-01: a frame leaves when its sending is paid for, and the next one waits for that', () => {
    const io = hostAndGuest(['g']);
    io.core('br');
    io.ring('br:p0', { rxPs: 50_000 });
    io.tx('br:p1', { txPs: 20_500 });
    io.arrive('br:p0', FRAME, 0, 3).until(1000);
    // Decided at 50, 120.5 and 191; on an unlimited line they arrive 1 ns after they left.
    expect(io.seen.filter(({ kind }) => kind === 'received').map(({ atNs }) => atNs)).toEqual([72, 142, 213]);
    expect(io.readCore('br').workNs).toBe(211n);
  });

  test('HST-03: two rings of one core are served in turn, a burst of each', () => {
    const io = hostAndGuest(['br']);
    io.core('br', { burst: 2 });
    io.ring('br:p0', { rxPs: 10_000 });
    io.ring('br:p1', { rxPs: 10_000 });
    io.arrive('br:p0', FRAME, 0, 4).arrive('br:p1', FRAME, 0, 4).until(1000);
    const decided = io.seen.filter(({ kind }) => kind !== 'received').map(({ number }) => number);
    expect(decided).toEqual([1, 2, 5, 6, 3, 4, 7, 8]);
  });

  test('HST-03: leaves a queue alone that it does not poll: of 100 frames 63 are stored, 37 are imissed, and none is lost with the power', () => {
    const io = hostAndGuest();
    io.core('br');
    io.ring('br:p0', { size: 64, ringFlags: RING.unpolled });
    io.ring('br:p1', { size: 64 });
    io.arrive('br:p0', FRAME, 0, 100, 10).arrive('br:p1', FRAME, 0, 100, 10).until(seconds(0.001));
    expect(io.readRing('br:p0')).toMatchObject({ frames: 63, missed: 37n });
    expect(io.readRing('br:p1').frames).toBe(0);
    io.power('br', false);
    io.until(seconds(0.002));
    expect(io.dropped('br:p0', 'interface-down')).toBe(63);
  });

  test('COST-08: a copy costs 0.05 ns for each byte above 64: 72.7 ns for a frame of 1518', () => {
    const io = guest(['g']);
    const long = new Uint8Array(1514).map((_, i) => plainFrame(strangerMac(1), strangerMac(2))[i] ?? 0);
    io.core('g');
    io.ring('g:eth0', { rxPs: 100_000, copyPsPerByte: 50 });
    io.arrive('g:eth0', plainFrame(strangerMac(1), strangerMac(2)), 0)
      .arrive('g:eth0', long, 0)
      .until(1000);
    expect(decidedNs(io)).toEqual([100, 273]);
  });

  test('COST-05: a core that sleeps takes 80 us to wake; frames that come meanwhile do not wake it again', () => {
    const io = guest(['g']);
    io.core('g', { polls: false });
    io.ring('g:eth0', { rxPs: 288_000, wakeNs: 80_000 });
    io.arrive('g:eth0', plainFrame(strangerMac(1), strangerMac(2)), 1000, 3, 500).until(seconds(0.001));
    expect(decidedNs(io)).toEqual([81_288, 81_576, 81_864]);
    expect(io.readRing('g:eth0').interrupts).toBe(1n);
    expect(io.readCore('g')).toMatchObject({ wakeUps: 1n, busyNs: 864n, emptyPolls: 0n });
  });
});

describe("OVS's exact-match cache", () => {
  const MISS = { rxPs: 100_000, missPs: 110_000 };

  /** A UDP packet of one flow of many: its source port. */
  function packet(sourcePort: number): Uint8Array {
    const bytes = new Uint8Array(60);
    bytes.set(FRAME.subarray(0, 12));
    bytes.set(
      [8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 9, 10, 0, 0, 8, sourcePort >> 8, sourcePort & 255, 0, 53],
      12,
    );
    return bytes;
  }

  /** Packets in turn, 1 us apart, decided by a core with a cache. Returns what each took, in nanoseconds. */
  function tookNs(io: IoLab, packets: readonly Uint8Array[], insertInverse: number): number[] {
    io.core('g', { loopNs: 10 });
    io.flowCache('g', insertInverse);
    io.ring('g:eth0', { ...MISS, size: 4096 });
    packets.forEach((bytes, i) => {
      // In pieces: what is still to come lies in buffers, too.
      if (i % 1000 === 999) io.until(i * 1000);
      io.arrive('g:eth0', bytes, (i + 1) * 1000);
    });
    io.until((packets.length + 2) * 1000);
    return decidedNs(io).map((atNs, i) => atNs - (i + 1) * 1000);
  }

  /** What a packet takes, and another that differs from it in one byte. */
  function changedAt(at: number): number[] {
    const other = packet(1000);
    other[at] = (other[at] ?? 0) ^ 2;
    return tookNs(guest(['g']), [packet(1000), other], 1);
  }

  const same = (count: number): Uint8Array[] => Array.from({ length: count }, () => packet(1000));

  test('HST-03, COST-03: a flow that is put in at once costs 110 ns more the first time only', () => {
    const io = guest(['g']);
    expect(tookNs(io, [packet(1), packet(1), packet(2), packet(1), packet(2)], 1)).toEqual([210, 100, 210, 100, 100]);
    expect(io.readCore('g')).toMatchObject({ flowHits: 3n, flowMisses: 2n });
  });

  test('HST-03, COST-03: with an inverse probability of 0 nothing is ever put in', () => {
    expect(new Set(tookNs(guest(['g']), same(300), 0))).toEqual(new Set([210]));
  });

  test('HST-03: one in a hundred frames that miss puts its flow in: of 400 flows about as many stay out for so long', () => {
    const io = guest(['g']);
    const rounds = Array.from({ length: 20_000 }, (_, i) => packet(i % 400));
    tookNs(io, rounds, 100);
    const { flowHits, flowMisses } = io.readCore('g');
    // A flow misses until a draw of 1 in 100: after 50 looks 0.99^50 = 61 % still do, and 39.5 looks of 50 were in vain.
    expect(Number(flowMisses) / 400).toBeGreaterThan(36);
    expect(Number(flowMisses) / 400).toBeLessThan(43);
    expect(flowHits + flowMisses).toBe(20_000n);
  });

  test('HST-03: more flows than 8,192 entries push each other out', () => {
    const io = guest(['g']);
    const flows = Array.from({ length: 12_000 }, (_, i) => packet(i));
    tookNs(io, [...flows, ...flows], 1);
    const { flowHits, flowMisses } = io.readCore('g');
    expect(flowMisses).toBeGreaterThan(12_000n);
    expect(flowHits).toBeGreaterThan(2000n);
    expect(flowHits).toBeLessThan(8192n);
  });

  test.each([
    ['another MAC', 11],
    ['another EtherType', 13],
    ['another type of service', 15],
    ['another TTL', 22],
    ['another protocol', 23],
    ['another source', 29],
    ['another destination', 33],
    ['another source port', 35],
    ['another destination port', 37],
  ])('HST-03: %s is another flow', (_, at) => {
    expect(changedAt(at)).toEqual([210, 210]);
  });

  test.each([
    ['the identification', 19],
    ['the checksum', 25],
    ['what it carries', 50],
  ])('HST-03: %s is not what flows are told apart by', (_, at) => {
    expect(changedAt(at)).toEqual([210, 100]);
  });

  test('HST-03: two interfaces of one core have flows of their own, and a power cut forgets all', () => {
    const io = hostAndGuest(['br']);
    io.core('br');
    io.flowCache('br', 1);
    io.ring('br:p0', MISS);
    io.ring('br:p1', MISS);
    for (const [i, port] of ['br:p0', 'br:p0', 'br:p1', 'br:p1'].entries()) io.arrive(port, packet(1), (i + 1) * 1000);
    io.until(10_000);
    expect(io.readCore('br')).toMatchObject({ flowHits: 2n, flowMisses: 2n });
    io.power('br', false);
    io.until(20_000);
    io.power('br', true);
    io.arrive('br:p0', packet(1), 30_000).until(40_000);
    expect(io.readCore('br')).toMatchObject({ flowHits: 2n, flowMisses: 3n });
  });
});

describe('a shared ring', () => {
  test('HST-05: a ring of 256, the guest stopped, 300 frames: 256 stored, 44 dropped at the switch', () => {
    const io = hostAndGuest();
    io.core('br');
    io.core('g', STOPPED);
    io.ring('br:p0', { size: 2048 });
    io.ring('g:eth0', { size: 256, ringFlags: RING.shared });
    io.arrive('br:p0', FRAME, 10, 300).until(100_000);
    expect(io.readRing('g:eth0')).toMatchObject({ frames: 256, missed: 0n });
    expect([io.dropped('br:p1', 'tx-ring-full'), io.dropped('g:eth0', 'rx-ring-full')]).toEqual([44, 0]);
  });

  test('HST-05: the retries cost the poll thread time, once for what is left of a batch', () => {
    const io = hostAndGuest();
    io.core('br');
    io.core('g', STOPPED);
    io.ring('br:p0', { size: 2048 });
    io.ring('g:eth0', { size: 256, ringFlags: RING.shared });
    io.tx('br:p1', { retries: 8, retryPs: 1_000_000 });
    io.arrive('br:p0', FRAME, 10, 300).until(seconds(0.001));
    // Batches of 32: the ninth and tenth find no room, from their first frame on.
    expect(io.readCore('br')).toMatchObject({ workNs: 16_000n, bursts: 10n });
    expect(io.dataplane.control.readTx(io.port('br:p1'))).toMatchObject({ full: 44n, retried: 16n });
  });

  test('HST-05: frames on the way have their place already', () => {
    const io = hostAndGuest();
    io.dataplane.control.setLine(io.port('br:p1'), 0n, 0, 50_000n, 10n ** 12n, 0n, 0, 0, 1);
    io.core('br');
    io.core('g', STOPPED);
    io.ring('br:p0', { size: 2048 });
    io.ring('g:eth0', { size: 4, ringFlags: RING.shared });
    io.arrive('br:p0', FRAME, 10, 6).until(20_000);
    expect(io.dropped('br:p1', 'tx-ring-full')).toBe(2);
    io.until(100_000);
    expect(io.readRing('g:eth0')).toMatchObject({ frames: 4, missed: 0n });
  });

  /** Guest and host, each polling or asleep; a packet each way every 20 us, 1000 in all. */
  function notifications(hostPolls: boolean, guestPolls: boolean): { doorbells: number; injections: number; interrupts: number } {
    const pace = { intervalPs: 20_000_000, startNs: 0, stopNs: 10_000_000 };
    const io = hostAndGuest(
      [],
      flow('in', { from: 'far:eth0', to: '10.0.0.2', ...pace }),
      flow('out', { from: 'g:eth0', to: '10.0.0.1', ...pace }),
    );
    io.core('br', { polls: hostPolls });
    io.core('g', { polls: guestPolls });
    const shared: Partial<RingConfig> = { size: 256, ringFlags: RING.shared };
    io.ring('br:p0', { rxPs: 288_000 });
    io.ring('br:p1', { ...shared, rxPs: 100_000, notifyPs: 1_500_000 });
    io.ring('g:eth0', { ...shared, rxPs: 100_000, notifyPs: 1_000_000 });
    io.until(seconds(0.02));
    expect([io.flow(0).received, io.flow(1).received]).toEqual([500n, 500n]);
    return {
      doorbells: Number(io.readRing('br:p1').doorbells),
      injections: Number(io.readRing('g:eth0').doorbells),
      interrupts: Number(io.readRing('g:eth0').interrupts),
    };
  }

  test.each([
    ['kernel', 'MMAP', false, false, { doorbells: 500, injections: 500, interrupts: 500 }],
    ['kernel', 'DPDK', false, true, { doorbells: 500, injections: 0, interrupts: 0 }],
    ['DPDK', 'MMAP', true, false, { doorbells: 0, injections: 500, interrupts: 500 }],
    ['DPDK', 'DPDK', true, true, { doorbells: 0, injections: 0, interrupts: 0 }],
  ])('HST-06: %s host, %s guest: only when both poll is nobody told of anything', (_, __, hostPolls, guestPolls, expected) => {
    expect(notifications(hostPolls, guestPolls)).toEqual(expected);
  });

  test('COST-05, HST-06: the sending core pays for waking the guest, once for all frames that come before it looks', () => {
    const io = hostAndGuest();
    io.core('br');
    io.core('g', { polls: false });
    io.ring('br:p0', { rxPs: 100_000 });
    io.ring('g:eth0', { ringFlags: RING.shared, size: 256, wakeNs: 10_000, notifyPs: 1_000_000 });
    io.arrive('br:p0', FRAME, 0, 5).until(seconds(0.001));
    expect(io.readRing('g:eth0')).toMatchObject({ doorbells: 1n, interrupts: 1n });
    expect(io.readCore('br').workNs).toBe(1500n);
  });

  test('HST-07: the back end filters nothing: a flooded unicast reaches the guest, who drops it as not its own', () => {
    const io = hostAndGuest();
    io.core('br');
    io.core('g');
    io.ring('br:p0');
    io.ring('g:eth0', { ringFlags: RING.shared, size: 256 });
    io.arrive('br:p0', plainFrame(strangerMac(1), strangerMac(2)), 0).until(10_000);
    expect(io.dropped('g:eth0', 'not-mine')).toBe(1);
  });
});

describe('a node with rings', () => {
  test('DPK-04, MMP-05: loses what lies in them with its power, as interface-down, and begins empty', () => {
    const io = guest(['g']);
    io.core('g', { polls: false });
    io.ring('g:eth0', { size: 4096, rxPs: 1_000_000, freeThreshold: 0 });
    io.socket('g:eth0');
    io.arrive('g:eth0', FRAME, 0, 3000).until(500_000);
    io.power('g', false);
    io.arrive('g:eth0', FRAME, 500_100).until(600_000);
    expect(io.dropped('g:eth0', 'interface-down')).toBe(3001);
    expect(io.readRing('g:eth0').frames).toBe(0);
    io.power('g', true);
    io.arrive('g:eth0', FRAME, 700_000, 3).until(seconds(0.1));
    expect(io.readSocket('g:eth0')).toMatchObject({ lastFrames: 3, closed: 0 });
    expect(io.readCore('g').upNs).toBe(BigInt(seconds(0.1)) - 100_000n);
  });

  test('IOM-04: can be set up in another mode; frames that lie in its rings go down with the old one', () => {
    const io = guest();
    io.mbufs('g', 600);
    io.core('g');
    io.ring('g:eth0', { rxPs: 1_000_000, ringFlags: RING.takesMbufs });
    io.arrive('g:eth0', FRAME, 0, 10).until(3000);
    io.dataplane.control.clearIo(io.node('g'), 1);
    // Two were decided by then.
    expect(io.dropped('g:eth0', 'interface-down')).toBe(8);
    io.core('g', { polls: false });
    io.ring('g:eth0', { freeThreshold: 0 });
    io.socket('g:eth0', { retireNs: 1_000_000n });
    io.arrive('g:eth0', FRAME, 5000, 2).until(seconds(0.01));
    expect(io.readSocket('g:eth0')).toMatchObject({ retiredByTimer: 1n, lastFrames: 2 });
    // Without rings at all it takes no time again.
    io.power('g', false);
    io.until(seconds(0.02));
    io.dataplane.control.clearIo(io.node('g'), 1);
    io.power('g', true);
    io.arrive('g:eth0', plainFrame(strangerMac(1), strangerMac(2)), seconds(0.03)).through(seconds(0.03));
    expect(io.dropped('g:eth0', 'not-mine')).toBe(1);
  });

  test('what it cannot have is refused: a core that is not there, a queue before the one before it, more than its arena holds', () => {
    const io = guest();
    expect(() => io.ring('g:eth0')).toThrow(/no-such-core|component error/i);
    io.core('g');
    expect(() => io.ring('g:eth0', { queue: 1 })).toThrow();
    expect(() => io.socket('g:eth0', { blocks: 10_000 })).toThrow();
    expect(() => io.dataplane.control.reserveIo(io.node('g'), 0, 1, 64)).toThrow();
  });
});
