/**
 * Rule COST-08: how long a frame occupies a line. (bytes + 20) * 8 / rate, bytes including the check sequence, at least 64;
 * the part below a nanosecond is carried, never rounded away.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { arpReply, emitArpFrame } from '../../ts/wire/arp.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { flow, host, ip, lab, learningSwitch, link, mac, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const LATENCY_NS = 1000;
const CHECK_SEQUENCE = 4;
const START_NS = ms(1);
const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';

afterEach(everyFrameIsAccountedFor);

interface Line {
  readonly rateBps?: number;
  /** On the line: with the check sequence. */
  readonly bytes: number;
  /** How fast frames are offered. */
  readonly intervalPs: number;
  readonly queueBytes?: number;
  readonly watch?: boolean;
}

/** a ──── b, and a flow from a to b that begins at 1 ms, when the neighbour is known. */
function line({ rateBps = 10e9, bytes, intervalPs, queueBytes = 2000, watch = false }: Line): Run {
  const run = given(
    lab(
      host('a', { mac: A, ip: '10.0.0.1/24', arpProfile: 'static' }),
      host('b', { mac: B, ip: '10.0.0.2/24' }),
      link('a:eth0', 'b:eth0', { rateBps, latencyNs: LATENCY_NS, queueBytes }),
      flow('f', { from: 'a:eth0', to: '10.0.0.2', intervalPs, frameBytes: bytes - CHECK_SEQUENCE, startNs: START_NS }),
    ),
    watch ? { watch: ['b'] } : {},
  );
  return run.receives('a:eth0', emitArpFrame(arpReply(mac(B), ip('10.0.0.2'), mac(A), ip('10.0.0.1')))).until(START_NS);
}

/** When the first `count` frames arrived, since the flow began and without the latency. */
function arrivals(run: Run, count: number): number[] {
  const times = run.until(START_NS + 100_000).seen.filter(({ kind }) => kind === 'received');
  return times.slice(0, count).map(({ atNs }) => atNs - START_NS - LATENCY_NS);
}

describe('a line', () => {
  test('COST-08: a 64-byte frame takes 67.2 ns at 10 Gbit/s: five take 336 ns to the nanosecond', () => {
    const run = line({ bytes: 64, intervalPs: 10_000, queueBytes: 4000, watch: true });
    expect(arrivals(run, 10)).toEqual([67, 134, 201, 268, 336, 403, 470, 537, 604, 672]);
  });

  test('COST-08: 14,880,952 64-byte frames a second at 10 Gbit/s, exactly, however many are offered', () => {
    const run = line({ bytes: 64, intervalPs: 67_000 }).until(START_NS + LATENCY_NS + seconds(1));
    expect(run.portState('b:eth0').rxFrames).toBe(14_880_952n);
    expect(run.dropped('a:eth0', 'queue-full')).toBeGreaterThan(40_000);
  });

  test.each([
    [1518, 10e9, [1230, 2460, 3691, 4921, 6152]],
    [64, 1e9, [672, 1344, 2016, 2688, 3360]],
    [1518, 1e9, [12_304, 24_608, 36_912, 49_216, 61_520]],
    [128, 100e9, [11, 23, 35, 47, 59]],
    [64, 0, [0, 1, 2, 3, 4]],
  ])('COST-08: %i bytes at %d bit/s arrive one frame time apart', (bytes, rateBps, expected) => {
    const run = line({ bytes, rateBps, intervalPs: 1000, queueBytes: 20_000, watch: true });
    expect(arrivals(run, 5)).toEqual(expected);
  });

  test('COST-08: a line that was idle begins anew: no remainder is left over', () => {
    const run = line({ bytes: 64, intervalPs: 1_000_000, watch: true });
    expect(arrivals(run, 6)).toEqual([67, 1067, 2067, 3067, 4067, 5067]);
  });

  test('COST-08: a tag is four bytes, and a short frame is padded to 64', () => {
    const ports = { a: {}, b: {} };
    const wires = [link('a:eth0', 'sw:a'), link('b:eth0', 'sw:b', { latencyNs: LATENCY_NS })];
    const run = given(lab(learningSwitch('sw', { ports }), host('a'), host('b'), ...wires), { watch: ['b'] });
    const tagged = plainFrame(strangerMac(1), strangerMac(2), 10);
    const short = plainFrame(strangerMac(1), strangerMac(2)).subarray(0, 30);
    run.receives('sw:a', tagged).pass(ms(1)).receives('sw:a', short).pass(ms(1));
    expect(run.seen.filter(({ kind }) => kind === 'received').map(({ atNs }) => atNs - LATENCY_NS)).toEqual([70, ms(1) + 67]);
  });

  test('COST-08: the two directions of a link do not wait for each other', () => {
    const run = given(
      lab(
        host('a', { mac: A, ip: '10.0.0.1/24' }),
        host('b', { mac: B, ip: '10.0.0.2/24' }),
        link('a:eth0', 'b:eth0', { latencyNs: LATENCY_NS, queueBytes: 0 }),
        flow('there', { from: 'a:eth0', to: '10.0.0.2', intervalPs: 67_200, startNs: START_NS, stopNs: START_NS + 6720 }),
        flow('back', { from: 'b:eth0', to: '10.0.0.1', intervalPs: 67_200, startNs: START_NS, stopNs: START_NS + 6720 }),
      ),
    );
    run.receives('a:eth0', emitArpFrame(arpReply(mac(B), ip('10.0.0.2'), mac(A), ip('10.0.0.1'))));
    run.receives('b:eth0', emitArpFrame(arpReply(mac(A), ip('10.0.0.1'), mac(B), ip('10.0.0.2')))).until(ms(2));
    expect([run.flow('there').received, run.flow('back').received]).toEqual([run.flow('there').sent, run.flow('back').sent]);
    expect(run.flow('there').sent).toBe(100n);
  });

  test('COST-08: a frame that would wait for more bytes than the queue holds is dropped as queue-full', () => {
    const run = line({ bytes: 64, intervalPs: 1000, queueBytes: 84 * 9, watch: true });
    run.until(START_NS + 20);
    // At 1 frame per ns: one on the line and nine waiting; the eleventh would wait 672 ns for 84 * 9 bytes of queue.
    expect(run.flow('f').sent).toBe(20n);
    expect(run.dropped('a:eth0', 'queue-full')).toBe(10);
  });
});
