/** Rules DPK-01 to DPK-06 and DPK-09 at the control door: polled rings, their buffers and their descriptors. */
import { afterEach, describe, expect, test } from 'vitest';
import { ReferenceRing, ReferenceTxRing } from '../oracle/reference-io.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab, RING } from '../support/io-lab.ts';
import { flow, host, lab, link, nic, type Part, seconds } from '../support/lab.ts';
import vectors from '../vectors/dpdk-ring.json' with { type: 'json' };

/** Frames that reach the guest die there as not its own: who decides about them is not the question here. */
const FRAME = plainFrame(strangerMac(1), strangerMac(2));
const FAR_MAC = '02:00:00:00:00:01';
const GUEST_MAC = '02:00:00:00:00:02';

let last: IoLab | null = null;

afterEach(() => {
  expect(last?.unaccounted().every((difference) => difference === 0)).toBe(true);
});

/** far ──── g, and a flow of theirs if one is given. */
function guest(...extra: readonly Part[]): IoLab {
  const far = host('far', { mac: FAR_MAC, ip: '10.0.0.1/24' });
  const own = host('g', { mac: GUEST_MAC, ip: '10.0.0.2/24' });
  last = new IoLab(lab(far, own, link('far:eth0', 'g:eth0', { latencyNs: 0 }), ...extra));
  last.neighbour('far:eth0', '10.0.0.2', GUEST_MAC);
  last.neighbour('g:eth0', '10.0.0.1', FAR_MAC);
  return last;
}

/** Sizes of the bursts that a core took by now, in order: looked at often enough to see each. */
function burstsThrough(io: IoLab, endpoint: string, throughNs: number): number[] {
  const sizes: number[] = [];
  let taken = 0;
  for (let atNs = 0; atNs <= throughNs; atNs += 100) {
    io.through(atNs);
    const { stored, frames } = io.readRing(endpoint);
    const now = Number(stored) - frames;
    if (now > taken) sizes.push(now - taken);
    taken = now;
  }
  return sizes;
}

type Scenario = Extract<(typeof vectors.scenarios)[number], { id: string }>;

function scenario(id: Scenario['id']): Scenario {
  const found = vectors.scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

/** What a vector gives, or a complaint. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the vector does not say');
  return value;
}

describe('a polled ring', () => {
  test('DPK-01: a burst returns what is there, up to 32, and never waits: of 50 frames 32, then 18, then none', () => {
    const { calls, expect_returns, completed, ring } = scenario('burst-limit');
    const oracle = new ReferenceRing(given(ring).nb_desc, given(ring?.rx_free_thresh), false);
    for (let i = 0; i < given(completed); i++) oracle.arrive(i);
    expect(given(calls).map((count) => oracle.burst(count, { free: 1000 }).length)).toEqual(expect_returns);

    const io = guest();
    io.core('g', { burst: given(calls?.[0]) });
    io.ring('g:eth0', { size: given(ring).nb_desc, rxPs: 31_900 });
    io.arrive('g:eth0', FRAME, 50, given(completed));
    expect([...burstsThrough(io, 'g:eth0', 10_000), 0]).toEqual(expect_returns);
    expect(io.readCore('g')).toMatchObject({ bursts: 2n, frames: 50n });
  });

  test('HST-03: of 33 frames that wait a poll thread takes 32 and 1', () => {
    const io = guest();
    io.core('g');
    io.ring('g:eth0', { size: 2048, rxPs: 31_900 });
    io.arrive('g:eth0', FRAME, 50, 33);
    expect(burstsThrough(io, 'g:eth0', 10_000)).toEqual([32, 1]);
  });

  test('DPK-02: the hardware learns of consumed descriptors when more than 32 are held: the tail is then the last of them', () => {
    const { ring, expect: expected } = scenario('tail-write-threshold');
    const steps = given(expected) as readonly { nb_rx: number; held: number; tail_written: boolean; tail?: number }[];
    const size = given(ring).nb_desc;
    const oracle = new ReferenceRing(size, given(ring?.rx_free_thresh), false);
    const io = guest();
    io.core('g');
    io.ring('g:eth0', { size, freeThreshold: given(ring?.rx_free_thresh) });
    let tail = size - 1;
    for (const [i, { nb_rx, held, tail_written, tail: written }] of steps.entries()) {
      for (let n = 0; n < nb_rx; n++) oracle.arrive(n);
      oracle.burst(nb_rx, { free: 1000 });
      io.arrive('g:eth0', FRAME, i * 10_000, nb_rx).through(i * 10_000 + 5000);
      if (tail_written) tail = given(written);
      expect(oracle).toMatchObject({ held, tail });
      expect(io.readRing('g:eth0')).toMatchObject({ held, tail });
    }
    expect(io.readRing('g:eth0').tailWrites).toBe(1n);
  });

  test('DPK-02: a vector driver gives descriptors back 64 at a time, once it holds more, and keeps the rest', () => {
    const { vector_rearm: rearm } = vectors.defaults;
    const size = 128;
    const oracle = new ReferenceRing(size, rearm, false, true);
    const io = guest();
    io.core('g');
    io.ring('g:eth0', { size, freeThreshold: rearm, ringFlags: RING.inBatches });
    const after = [32, 32, 1, 63, 1, 32, 32].map((count, i) => {
      for (let n = 0; n < count; n++) oracle.arrive(n);
      oracle.burst(count, { free: 1000 });
      io.arrive('g:eth0', FRAME, i * 10_000, count).through(i * 10_000 + 9000);
      const { held, tail, tailWrites } = io.readRing('g:eth0');
      expect({ held, tail }).toEqual({ held: oracle.held, tail: oracle.tail });
      return [held, tail, Number(tailWrites)];
    });
    expect(after).toEqual([
      [32, 127, 0],
      [64, 127, 0],
      [1, 63, 1],
      [64, 63, 1],
      [1, 127, 2],
      [33, 127, 2],
      [1, 63, 3],
    ]);
  });

  test('DPK-04: a ring of n holds n - 1: of 100 frames that nobody polls 63 are stored and 37 are imissed', () => {
    const { ring, arrivals, expect: expected } = scenario('ring-overrun');
    const { stored, imissed, rx_nombuf } = expected as { stored: number; imissed: number; rx_nombuf: number };
    const oracle = new ReferenceRing(given(ring).nb_desc, 32, false);
    for (let i = 0; i < given(arrivals); i++) oracle.arrive(i);
    expect([oracle.waiting.length, oracle.missed, oracle.withoutBuffer]).toEqual([stored, imissed, rx_nombuf]);

    const io = guest();
    io.core('g', { loopNs: 1_000_000 });
    io.ring('g:eth0', { size: given(ring).nb_desc });
    io.arrive('g:eth0', FRAME, 10, given(arrivals)).through(20);
    expect(io.readRing('g:eth0')).toMatchObject({ frames: stored, missed: BigInt(imissed), withoutBuffer: BigInt(rx_nombuf) });
    expect(io.dropped('g:eth0', 'rx-ring-full')).toBe(imissed);
  });

  test('DPK-04: descriptors that the driver still holds are not free: after a burst of 32 the ring of 64 takes 31', () => {
    const io = guest();
    io.core('g', { loopNs: 1_000_000 });
    io.ring('g:eth0', { size: 64 });
    io.arrive('g:eth0', FRAME, 0, 32).through(0);
    io.arrive('g:eth0', FRAME, 10, 50).through(20);
    expect(io.readRing('g:eth0')).toMatchObject({ held: 32, frames: 31, missed: 19n });
  });

  test('VF-15: a VF whose ring is full loses the frame as no-descriptor', () => {
    const io = guest();
    io.core('g', { loopNs: 1_000_000 });
    io.ring('g:eth0', { size: 4, ringFlags: RING.ofVf });
    io.arrive('g:eth0', FRAME, 10, 5).through(20);
    expect([io.dropped('g:eth0', 'no-descriptor'), io.dropped('g:eth0', 'rx-ring-full')]).toEqual([2, 0]);
  });

  test('DPK-05: without a buffer for its place a frame stays: of 20 frames and 5 buffers 5 come and 15 stay, rx_nombuf 1', () => {
    const { ring, pool, completed, expect: expected } = scenario('pool-exhausted');
    const { nb_rx, rx_nombuf, left_in_ring, imissed } = expected as Record<
      'nb_rx' | 'rx_nombuf' | 'left_in_ring' | 'imissed',
      number
    >;
    const oracle = new ReferenceRing(given(ring).nb_desc, 32, false);
    for (let i = 0; i < given(completed); i++) oracle.arrive(i);
    expect(oracle.burst(32, { free: given(pool).free })).toHaveLength(nb_rx);
    expect([oracle.withoutBuffer, oracle.waiting.length]).toEqual([rx_nombuf, left_in_ring]);

    const io = guest();
    io.mbufs('g', given(ring).nb_desc + given(pool).free);
    io.core('g');
    io.ring('g:eth0', { size: given(ring).nb_desc, ringFlags: RING.takesMbufs, rxPs: 31_900 });
    io.arrive('g:eth0', FRAME, 0, given(completed)).through(0);
    expect(io.readRing('g:eth0')).toMatchObject({
      frames: left_in_ring,
      withoutBuffer: BigInt(rx_nombuf),
      missed: BigInt(imissed),
    });
    expect(io.readCore('g')).toMatchObject({ inHand: nb_rx, freeMbufs: 0 });
    io.through(10_000);
    expect(io.readRing('g:eth0').frames).toBe(0);
    expect(io.readCore('g').freeMbufs).toBe(given(pool).free);
  });

  test('DPK-05: every round that finds no buffer counts: three rounds are rx_nombuf 3, and make no events', () => {
    const { pool, completed, calls, expect: expected } = scenario('pool-exhausted-repeat');
    const { rx_nombuf, left_in_ring } = expected as { rx_nombuf: number; left_in_ring: number };
    const oracle = new ReferenceRing(512, 32, false);
    for (let i = 0; i < given(completed); i++) oracle.arrive(i);
    for (const count of given(calls)) oracle.burst(count, given(pool));
    expect([oracle.withoutBuffer, oracle.waiting.length]).toEqual([rx_nombuf, left_in_ring]);

    const io = guest();
    io.mbufs('g', 512);
    io.core('g', { loopNs: 1000 });
    io.ring('g:eth0', { ringFlags: RING.takesMbufs });
    io.arrive('g:eth0', FRAME, 0, given(completed)).until(given(calls).length * 1000);
    expect(io.readRing('g:eth0')).toMatchObject({ frames: left_in_ring, withoutBuffer: BigInt(rx_nombuf) });
    expect(io.dataplane.run(seconds(60), 0)).toBe('until');
    expect(io.readRing('g:eth0').withoutBuffer).toBe(60_000_000n);
  });

  test('DPK-09: a core that polls is always busy; it wakes nobody, nobody wakes it, and nothing to do makes no events', () => {
    const io = guest();
    for (let i = 0; i < 8; i++) io.core('g');
    io.ring('g:eth0');
    expect(io.dataplane.run(seconds(1), 0)).toBe('until');
    expect(io.readCore('g')).toMatchObject({ busyNs: 1_000_000_000n, workNs: 0n, emptyPolls: 1_000_000n, wakeUps: 0n });
    expect(io.readRing('g:eth0')).toMatchObject({ interrupts: 0n, doorbells: 0n });
  });

  test('DPK-09, COST-02: a frame waits for the next round: one at 1300 ns is found at 2000, and decided 31.9 ns later', () => {
    last = new IoLab(lab(host('g')), ['g']);
    last.core('g', { loopNs: 1000 });
    last.ring('g:eth0', { rxPs: 31_900 });
    last.arrive('g:eth0', FRAME, 1300).through(5000);
    expect(last.seen.map(({ kind, atNs }) => [kind, atNs])).toEqual([
      ['received', 1300],
      ['dropped', 2032],
    ]);
  });

  test('RSS-02: a VF with two queues and a ring for each: the hash of the NIC chooses, and equal flows stay together', () => {
    last = new IoLab(
      lab(nic('n', { vfs: [{}] }), host('g', { mac: GUEST_MAC, ip: '10.0.0.2/24' }), link('g:eth0', 'n:vf0', { latencyNs: 0 })),
    );
    last.core('g');
    last.ring('g:eth0');
    last.ring('g:eth0', { queue: 1 });
    last.arrive('g:eth0', FRAME, 0, 10).through(5000);
    expect([last.readRing('g:eth0', 0).stored, last.readRing('g:eth0', 1).stored]).toEqual([10n, 0n]);
  });
});

describe('a transmit ring', () => {
  test('DPK-06: 32 frames offered to 10 free descriptors: 10 are accepted, 22 given up by the forwarder', () => {
    const { tx, offered, expect: expected } = scenario('tx-ring-full');
    const { accepted, returned_to_caller } = expected as { accepted: number; returned_to_caller: number };
    const { nb_desc, free } = given(tx);
    const oracle = new ReferenceTxRing(nb_desc);
    while (oracle.free > free) oracle.send(0, 1e9);
    const taken = Array.from({ length: given(offered) }, () => oracle.send(0, 1e9)).filter((wasTaken) => wasTaken);
    expect(taken).toHaveLength(accepted);

    // The line is a bit slower than glacial: no descriptor is done. First as many frames as leave the vector's number free.
    const inUse = nb_desc - 1 - free;
    const io = guest(
      flow('f', { from: 'g:eth0', to: '10.0.0.1', intervalPs: 1000, startNs: 10, stopNs: 10 + inUse + given(offered) }),
    );
    io.dataplane.control.setLine(io.port('g:eth0'), 1_000_000_000n, 0, 0n, 10n ** 15n, 0n, 0, 0, 1);
    io.core('g');
    io.tx('g:eth0', { descriptors: nb_desc });
    io.until(10 + inUse);
    const { used, full } = io.dataplane.control.readTx(io.port('g:eth0'));
    expect([used, full]).toEqual([inUse, 0n]);
    io.until(1000);
    const after = io.dataplane.control.readTx(io.port('g:eth0'));
    expect(Number(after.sent) - inUse).toBe(accepted);
    expect(io.dropped('g:eth0', 'tx-ring-full')).toBe(returned_to_caller);
  });

  test('DPK-06: done descriptors are looked for when fewer than 32 are free, not before', () => {
    const io = guest(flow('f', { from: 'g:eth0', to: '10.0.0.1', intervalPs: 1_000_000, startNs: 0, stopNs: 100_000 }));
    io.core('g');
    io.tx('g:eth0', { descriptors: 64 });
    io.until(32_000);
    expect(io.dataplane.control.readTx(io.port('g:eth0')).used).toBe(32);
    io.until(33_000);
    expect(io.dataplane.control.readTx(io.port('g:eth0')).used).toBe(1);
  });

  test('DPK-05, DPK-06: a buffer is in use until its descriptor is reclaimed, not until its frame is sent', () => {
    const io = guest(flow('f', { from: 'g:eth0', to: '10.0.0.1', intervalPs: 1_000_000, startNs: 0, stopNs: 20_000 }));
    io.mbufs('g', 100);
    io.core('g');
    io.tx('g:eth0', { descriptors: 64 });
    io.until(50_000);
    expect(io.readCore('g').freeMbufs).toBe(80);
  });
});
