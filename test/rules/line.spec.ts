/**
 * Impairments of lines: loss, corruption, jitter, delay and rate of one direction, and the chance behind them, which is the same
 * in every run. What a plain line does is rule COST-08.
 *
 *   a 10.0.0.1 ──── b 10.0.0.2
 *
 * Bounds on chance are six standard deviations wide or more; and as the same seed gives the same frames, what passes once passes
 * always.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Impairment, type LabLink, UNIMPAIRED } from '../../ts/model/lab/links.ts';
import { arpReply, emitArpFrame } from '../../ts/wire/arp.ts';
import { vectorFrame } from '../support/frames.ts';
import { flow, host, ip, lab, learningSwitch, link, mac, ms, type Part, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

const A = '02:00:00:00:00:0a';
const B = '02:00:00:00:00:0b';
const LATENCY_NS = 1000;
/** A frame of 64 bytes on a line of 10 Gbit/s, in whole nanoseconds. */
const FRAME_NS = 67;
const START_NS = ms(1);
const FRAMES = 10_000;
const INTERVAL_NS = 10_000;
const END_NS = START_NS + FRAMES * INTERVAL_NS;

afterEach(everyFrameIsAccountedFor);

interface Line {
  /** Of the direction that leaves a, and of the one that leaves b, from the start. */
  readonly impairA?: Partial<Impairment>;
  readonly impairB?: Partial<Impairment>;
  readonly seed?: number;
  readonly rateBps?: number;
  readonly queueBytes?: number;
}

/** A cable with what `link` of test/support leaves out. */
function cable(a: string, b: string, { impairA, impairB, seed, ...line }: Line = {}): Part {
  const links = (link(a, b, { latencyNs: LATENCY_NS, ...line }).links ?? []).map(
    (plain): LabLink => ({
      ...plain,
      ...(seed !== undefined && { seed }),
      ...(impairA && { impairA: { ...UNIMPAIRED, ...impairA } }),
      ...(impairB && { impairB: { ...UNIMPAIRED, ...impairB } }),
    }),
  );
  return { links };
}

interface Scene extends Line {
  readonly intervalNs?: number;
  readonly watch?: readonly string[];
  /** Put into the lab before the cable, so that it changes the cable's number. */
  readonly before?: readonly Part[];
}

/** The drawing above: ten thousand frames each way, one every 10 us, once the neighbours know each other. */
function scene({ intervalNs = INTERVAL_NS, watch = [], before = [], ...line }: Scene = {}): Run {
  const times = { intervalPs: intervalNs * 1000, startNs: START_NS, stopNs: START_NS + FRAMES * intervalNs };
  const run = given(
    lab(
      ...before,
      host('a', { mac: A, ip: '10.0.0.1/24', arpProfile: 'static' }),
      host('b', { mac: B, ip: '10.0.0.2/24', arpProfile: 'static' }),
      cable('a:eth0', 'b:eth0', line),
      flow('there', { from: 'a:eth0', to: '10.0.0.2', ...times }),
      flow('back', { from: 'b:eth0', to: '10.0.0.1', ...times }),
    ),
    { watch },
  );
  run.receives('a:eth0', emitArpFrame(arpReply(mac(B), ip('10.0.0.2'), mac(A), ip('10.0.0.1'))));
  run.receives('b:eth0', emitArpFrame(arpReply(mac(A), ip('10.0.0.1'), mac(B), ip('10.0.0.2'))));
  return run.pass(ms(0.5)).forgetSeen();
}

/** When b received each frame, after a second that is enough for all of them. */
function arrivals(run: Run): number[] {
  run.until(seconds(1));
  return run.seen.filter(({ at, kind }) => at === 'b:eth0' && kind === 'received').map(({ atNs }) => atNs);
}

/** How long each frame was on the way, first to last; only for lines that lose none. */
function latencies(run: Run): number[] {
  return arrivals(run).map((atNs, n) => atNs - START_NS - n * INTERVAL_NS);
}

/** The longest row of losses, told by gaps between arrivals. */
function lossesInARow(times: readonly number[]): number {
  const gaps = times.slice(1).map((atNs, n) => Math.round((atNs - (times[n] ?? 0)) / INTERVAL_NS) - 1);
  return Math.max(...gaps);
}

function latestLine(run: Run): number {
  return run.said('LineChanged').at(-1)?.position ?? 0;
}

describe('loss', () => {
  test('a line loses the share it is told to, about, and the frames die where they leave', () => {
    const run = scene().command('impair a:eth0 loss 10%').until(seconds(1));
    const lost = run.dropped('a:eth0', 'impairment');
    expect(lost).toBeGreaterThan(800);
    expect(lost).toBeLessThan(1200);
    expect(run.flow('there')).toMatchObject({ sent: 10_000n, received: BigInt(FRAMES - lost), dropped: BigInt(lost) });
  });

  test('loss strikes frames one by one, not in long rows', () => {
    const times = arrivals(scene({ watch: ['b'] }).command('impair a:eth0 loss 10%'));
    expect(lossesInARow(times)).toBeGreaterThan(1);
    expect(lossesInARow(times)).toBeLessThan(9);
  });

  test('the finest chance there is, one in a million, loses hardly anything', () => {
    const run = scene().command('impair a:eth0 loss 0.0001%').until(seconds(1));
    expect(run.dropped('a:eth0', 'impairment')).toBeLessThan(3);
  });

  test('at 100% nothing arrives, and one event tells of the first and a few of the rest', () => {
    const run = scene().command('impair a:eth0 loss 100%').until(seconds(1));
    expect(run.flow('there').received).toBe(0n);
    expect(run.said('FrameDropped', { reason: 'impairment' })).toHaveLength(1);
    const rest = run.until(seconds(2)).said('FramesDropped', { reason: 'impairment' });
    expect(rest.reduce((sum, { data }) => sum + data.count, 1)).toBe(FRAMES);
  });

  test('a loss is blamed on the event that last changed the line', () => {
    const run = scene().command('impair a:eth0 loss 100%').until(ms(2));
    expect(run.said('FrameDropped', { reason: 'impairment' }).map(({ cause }) => cause)).toEqual([latestLine(run)]);
    const changed = run.said('LineChanged')[0];
    expect(changed?.cause).toBe(run.said('CommandAccepted')[0]?.position);
  });

  test('a loss of a line that was impaired from the start is blamed on what the frame was sent for', () => {
    const run = scene({ impairA: { lossPpm: 1_000_000 } }).until(ms(2));
    // a knows its neighbour by the frame that came from outside: without it a would not have sent this one.
    const neighbour = run.said('NeighbourUpdated', { node: 'a' })[0];
    expect(run.said('FrameDropped', { reason: 'impairment' }).map(({ cause }) => cause)).toEqual([neighbour?.position]);
  });

  test('a lost frame has occupied the line all the same', () => {
    const run = scene({ intervalNs: 1, queueBytes: 840 }).command('impair a:eth0 loss 100%').until(seconds(1));
    expect(run.dropped('a:eth0', 'queue-full')).toBeGreaterThan(9000);
    expect(run.dropped('a:eth0', 'queue-full') + run.dropped('a:eth0', 'impairment')).toBe(FRAMES);
  });

  test('loss concerns every frame, ARP too', () => {
    const run = given(lab(host('a', { mac: A, ip: '10.0.1.1/24' }), host('b'), cable('a:eth0', 'b:eth0')));
    run.command('impair b:eth0 loss 100%').command('impair a:eth0 loss 100%');
    run.receives('a:eth0', vectorFrame('arp-request-g1')).pass(ms(1));
    expect(run.dropped('a:eth0', 'impairment')).toBe(1);
  });
});

describe('corruption', () => {
  test('a line corrupts the share it is told to, about, and the frames die where they arrive', () => {
    const run = scene().command('impair a:eth0 corruption 5%').until(seconds(1));
    const lost = run.dropped('b:eth0', 'corrupted');
    expect(lost).toBeGreaterThan(350);
    expect(lost).toBeLessThan(650);
    expect(run.dropped('a:eth0', 'impairment')).toBe(0);
    expect(run.flow('there')).toMatchObject({ received: BigInt(FRAMES - lost), dropped: BigInt(lost) });
    expect(run.portState('a:eth0').txFrames).toBe(BigInt(FRAMES));
  });

  test('a corrupted frame is blamed on the event that last changed its line', () => {
    const run = scene().command('impair a:eth0 corruption 100%').until(ms(2));
    const drops = run.said('FrameDropped', { reason: 'corrupted' });
    expect(drops.map(({ data, cause }) => [data.node, data.interface, cause])).toEqual([['b', 'eth0', latestLine(run)]]);
  });

  test('a switch passes no corrupted frame on and learns nothing from it', () => {
    const parts = [host('a', { mac: A, ip: '10.0.1.1/24' }), host('b'), learningSwitch('sw', { ports: { pa: {}, pb: {} } })];
    const run = given(lab(...parts, cable('a:eth0', 'sw:pa'), cable('sw:pb', 'b:eth0')), { watch: ['sw'] });
    run.command('impair a:eth0 corruption 100%').receives('a:eth0', vectorFrame('arp-request-g1')).pass(ms(1));
    expect(run.portState('a:eth0').txFrames).toBe(1n);
    expect(run.dropsAt('sw')).toEqual(['pa corrupted']);
    expect(run.sentBy('sw')).toEqual([]);
    expect(run.table('sw')).toEqual([]);
    run.command('impair a:eth0 reset').receives('a:eth0', vectorFrame('arp-request-g1')).pass(ms(1));
    expect(run.sentBy('sw')).toEqual(['pb']);
  });

  test('loss and corruption together: no frame is both', () => {
    const run = scene().command('impair a:eth0 loss 30% corruption 30%').until(seconds(1));
    const lost = run.dropped('a:eth0', 'impairment');
    const corrupted = run.dropped('b:eth0', 'corrupted');
    expect(Number(run.flow('there').received) + lost + corrupted).toBe(FRAMES);
    expect(lost).toBeGreaterThan(2700);
    expect(lost).toBeLessThan(3300);
    // 30% of the 70% that are not lost.
    expect(corrupted).toBeGreaterThan(1800);
    expect(corrupted).toBeLessThan(2400);
  });
});

describe('delay and jitter', () => {
  test('a delay comes on top of the latency, to the nanosecond', () => {
    const times = latencies(scene({ watch: ['b'] }).command('impair a:eth0 delay 5ms'));
    expect(times).toHaveLength(FRAMES);
    expect([Math.min(...times), Math.max(...times)]).toEqual([FRAME_NS + LATENCY_NS + ms(5), FRAME_NS + LATENCY_NS + ms(5)]);
  });

  test('a frame is late by no more than the jitter, and anything up to it', () => {
    const times = latencies(scene({ watch: ['b'] }).command('impair a:eth0 jitter 8us'));
    const late = times.map((ns) => ns - FRAME_NS - LATENCY_NS);
    expect(late).toHaveLength(FRAMES);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...late)).toBeLessThan(80);
    expect(Math.max(...late)).toBeLessThan(8000);
    expect(Math.max(...late)).toBeGreaterThan(7920);
    const mean = late.reduce((sum, ns) => sum + ns, 0) / FRAMES;
    expect(mean).toBeGreaterThan(3800);
    expect(mean).toBeLessThan(4200);
  });

  test('frames stay in order, however large the jitter is', () => {
    const run = scene({ watch: ['b'] }).command('impair a:eth0 jitter 1ms');
    const times = arrivals(run);
    expect(times).toEqual([...times].sort((x, y) => x - y));
    expect(run.flow('there')).toMatchObject({ received: BigInt(FRAMES), reordered: 0n });
    const { latencyMaxNs } = run.flow('there');
    expect(Number(latencyMaxNs)).toBeLessThanOrEqual(FRAME_NS + LATENCY_NS + ms(1));
  });

  test('frames stay in order when a delay ends while they are under way', () => {
    const run = scene({ watch: ['b'] })
      .command('impair a:eth0 delay 5ms')
      .until(ms(50))
      .command('impair a:eth0 reset');
    const times = arrivals(run);
    expect(run.flow('there')).toMatchObject({ received: BigInt(FRAMES), reordered: 0n });
    // Those under way keep their delay, and those behind wait for them: 5 ms of frames come together.
    const last = ms(50) - INTERVAL_NS + FRAME_NS + LATENCY_NS + ms(5);
    expect(times.filter((atNs) => atNs === last).length).toBeGreaterThan(490);
    expect(run.flow('there').latencyMinNs).toBe(BigInt(FRAME_NS + LATENCY_NS));
  });
});

describe('rate', () => {
  /** How far apart back-to-back frames arrive at an interface. */
  function spacing(run: Run, at: string): number {
    run.until(seconds(1));
    const times = run.seen.filter((seen) => seen.at === at && seen.kind === 'received').map(({ atNs }) => atNs);
    return ((times[500] ?? 0) - (times[0] ?? 0)) / 500;
  }

  test('COST-08: a rate is of one direction: 64 bytes take 672 ns at 1 Gbit/s there, and 67.2 ns back as before', () => {
    const run = scene({ intervalNs: 50, queueBytes: 4000, watch: ['a', 'b'] }).command('impair a:eth0 rate 1G');
    expect([spacing(run, 'b:eth0'), spacing(run, 'a:eth0')]).toEqual([672, 67.2]);
  });

  test("COST-08: what waits longer than the link's queue is dropped as queue-full, and blamed on the rate", () => {
    const run = scene({ queueBytes: 8400 }).command('impair a:eth0 rate 10M').until(seconds(1));
    // 67.2 us a frame and 10 us between them: one in 6.72 gets through, and a hundred wait at the end.
    const dropped = run.dropped('a:eth0', 'queue-full');
    expect(dropped).toBeGreaterThan(FRAMES - FRAMES / 6.72 - 110);
    expect(dropped).toBeLessThan(FRAMES - FRAMES / 6.72);
    expect(run.said('FrameDropped', { reason: 'queue-full' }).map(({ cause }) => cause)).toEqual([latestLine(run)]);
  });

  test("COST-08: rate 0 is the link's own again", () => {
    const run = scene({ intervalNs: 50, watch: ['b'] })
      .command('impair a:eth0 rate 1G')
      .command('impair a:eth0 rate 0');
    expect(spacing(run, 'b:eth0')).toBe(67.2);
  });

  test('COST-08: a line without limit can be given one', () => {
    const run = scene({ intervalNs: 50, watch: ['b'], rateBps: 0 }).command('impair a:eth0 rate 100G');
    // Frames come every 50 ns and take 6.72: none waits.
    expect(spacing(run, 'b:eth0')).toBe(50);
    expect(run.flow('there').latencyMinNs).toBe(BigInt(LATENCY_NS + 6));
  });
});

describe('changing a line', () => {
  test('a change is merged into what the direction has; the event holds all of it', () => {
    const run = scene().command('impair a:eth0 delay 5ms loss 1%').command('impair a:eth0 jitter 1ms rate 10M');
    run.command('impair a:eth0 loss 2% corruption 0.5%');
    const all = { delayNs: ms(5), jitterNs: ms(1), lossPpm: 20_000, corruptionPpm: 5000, rateBps: 10e6 };
    expect(run.said('LineChanged').at(-1)?.data).toEqual({ node: 'a', interface: 'eth0', ...all });
    expect(run.state.interfaces['a:eth0']?.line).toEqual(all);
    expect(run.state.interfaces['b:eth0']?.line).toEqual(UNIMPAIRED);
  });

  test('a change is merged into what the lab says, too', () => {
    const run = scene({ impairA: { lossPpm: 1000 } }).command('impair a:eth0 delay 1ms');
    expect(run.state.interfaces['a:eth0']?.line).toEqual({ ...UNIMPAIRED, lossPpm: 1000, delayNs: ms(1) });
  });

  test('reset makes it a plain line again', () => {
    const run = scene({ watch: ['b'] }).command('impair a:eth0 delay 1ms jitter 1ms loss 50% corruption 50% rate 1M');
    run.command('impair a:eth0 reset');
    expect(run.state.interfaces['a:eth0']?.line).toEqual(UNIMPAIRED);
    const times = latencies(run);
    expect(times).toHaveLength(FRAMES);
    expect(new Set(times)).toEqual(new Set([FRAME_NS + LATENCY_NS]));
  });

  test('the other direction of the link notices nothing', () => {
    const plain = scene().until(seconds(1)).flow('back');
    const run = scene().command('impair a:eth0 loss 10% corruption 10% jitter 1ms').until(seconds(1));
    expect(run.flow('back')).toEqual(plain);
  });

  test('only an interface with a cable has a line', () => {
    const run = given(lab(host('a'), host('b'), host('c'), cable('a:eth0', 'b:eth0')));
    run.command('impair c:eth0 loss 1%').command('impair a:eth1 loss 1%');
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([['no link at c:eth0'], ['no link at a:eth1']]);
    expect(run.said('LineChanged')).toEqual([]);
  });

  test('frames that wait or are under way when a line changes are not touched', () => {
    const run = scene().until(END_NS).command('impair a:eth0 loss 100% corruption 100%').until(seconds(1));
    expect(run.flow('there').received).toBe(BigInt(FRAMES));
  });
});

describe('chance', () => {
  const rough = { lossPpm: 100_000, corruptionPpm: 100_000, jitterNs: ms(0.005) };

  /** When each frame of a rough line arrives that is not lost. */
  function roughRun(options: Scene): number[] {
    return arrivals(scene({ watch: ['b'], impairA: rough, ...options }));
  }

  test('the same seed gives the same frames at the same times, another seed others', () => {
    const first = roughRun({ seed: 7 });
    expect(first.length).toBeGreaterThan(7000);
    expect(roughRun({ seed: 7 })).toEqual(first);
    expect(roughRun({ seed: 8 })).not.toEqual(first);
  });

  test('the two directions of a link have chances of their own', () => {
    const run = scene({ seed: 7, impairA: rough, impairB: rough, watch: ['a', 'b'] }).until(seconds(1));
    const times = (at: string): number[] =>
      run.seen.filter((seen) => seen.at === at && seen.kind === 'received').map(({ atNs }) => atNs);
    expect(times('a:eth0')).not.toEqual(times('b:eth0'));
    expect(times('b:eth0')).toEqual(roughRun({ seed: 7 }));
  });

  test('chance is drawn only while a line needs it: a plain line before does not change what comes after', () => {
    const late = (run: Run): number[] => arrivals(run.until(ms(50)).forgetSeen().command('impair a:eth0 loss 10%'));
    const touched = scene({ seed: 7, watch: ['b'] }).command('impair a:eth0 delay 0 loss 0');
    expect(late(touched)).toEqual(late(scene({ seed: 7, watch: ['b'] })));
  });

  test("another link, and what impairs it, does not disturb a link's chances", () => {
    const alone = roughRun({ seed: 7 });
    const other = (line: Line): Part[] => [
      host('c', { mac: '02:00:00:00:00:0c', ip: '10.0.9.1/24', arpProfile: 'static' }),
      host('d', { mac: '02:00:00:00:00:0d', ip: '10.0.9.2/24' }),
      cable('c:eth0', 'd:eth0', line),
      flow('other', { from: 'c:eth0', to: '10.0.9.2', intervalPs: 1e6, startNs: 0, stopNs: ms(100) }),
    ];
    const plain = roughRun({ seed: 7, before: other({ seed: 9 }) });
    const impaired = roughRun({ seed: 7, before: other({ seed: 9, impairA: rough, impairB: rough }) });
    expect(plain).toEqual(alone);
    expect(impaired).toEqual(alone);
  });

  test('however a run is cut, the same frames are lost', () => {
    const whole = scene({ seed: 7, impairA: rough }).until(seconds(1));
    const cut = scene({ seed: 7, impairA: rough });
    while (cut.nowNs < seconds(1)) cut.pass(ms(7.3));
    expect(cut.flow('there')).toEqual(whole.flow('there'));
    expect(cut.dropped('b:eth0', 'corrupted')).toBe(whole.dropped('b:eth0', 'corrupted'));
  });
});
