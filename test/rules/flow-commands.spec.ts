/**
 * Flows on demand: they start, stop and change their rate while the lab runs.
 *
 *   g1 10.0.1.11 ── 100 Mbit/s ── sw ── g2 10.0.1.12        "web", 1000 frames/s of 128 bytes from 0 to 10 s; "late" from 5 s on
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readFlows } from '../../ts/engine/derived.ts';
import { encodeBody } from '../../ts/model/events/codec.ts';
import { flow, host, lab, learningSwitch, link, ms, seconds } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

function segment(): Run {
  const way = { from: 'g1:eth0', to: '10.0.1.12', intervalPs: 1e9, frameBytes: 128 };
  return given(
    lab(
      host('g1', { ip: '10.0.1.11/24' }),
      host('g2', { ip: '10.0.1.12/24' }),
      learningSwitch('sw', { ports: { p1: {}, p2: {} } }),
      link('g1:eth0', 'sw:p1', { rateBps: 100e6 }),
      link('g2:eth0', 'sw:p2', { queueBytes: 20_000 }),
      flow('late', { ...way, startNs: seconds(5) }),
      flow('web', { ...way, stopNs: seconds(10) }),
    ),
    { watch: ['g2'] },
  );
}

function sent(run: Run, name = 'web'): number {
  return Number(run.flow(name).sent);
}

function reportOf(run: Run): ReturnType<typeof readFlows>[number] | undefined {
  return readFlows(run.engine).find(({ name }) => name === 'web');
}

describe('flow stop and flow start', () => {
  test('no frame leaves after the stop, and those on their way arrive', () => {
    const run = segment().until(seconds(1)).command('flow stop web');
    expect(sent(run)).toBe(1000);
    run.until(seconds(2));
    expect([sent(run), Number(run.flow('web').received)]).toEqual([1000, 1000]);
    const [changed] = run.said('FlowChanged');
    expect(changed?.data).toEqual({ node: 'g1', flow: 'web', sending: false, intervalPs: 1e9, untilNs: 0 });
  });

  test('a flow that starts again sends its first frame at once, in the rhythm it had', () => {
    const run = segment().until(seconds(1)).command('flow stop web').until(ms(1500.5)).command('flow start web');
    expect(run.until(ms(1500.5) + 1).flow('web').sent).toBe(1001n);
    expect(run.until(ms(1510.5)).flow('web').sent).toBe(1010n);
  });

  test('it then sends for the time of the command, and no longer until the stop of the lab file', () => {
    const run = segment().until(seconds(1)).command('flow stop web').command('flow start web rate 2k for 500ms');
    expect(run.said('FlowChanged')[1]?.data).toMatchObject({ sending: true, intervalPs: 5e8, untilNs: ms(1500) });
    expect(sent(run.until(seconds(20)))).toBe(2000);
    expect(run.state.flows.web).toEqual({ fromNs: 0, untilNs: ms(1500), intervalPs: 5e8 });
  });

  test('the time between stop and start is no gap, and the frames per second are those since the start', () => {
    const run = segment().until(seconds(1)).command('flow stop web').until(seconds(4)).command('flow start web rate 500');
    run.until(seconds(4.9));
    expect(reportOf(run)).toMatchObject({ lost: 0, reordered: 0, framesPerSecond: 500 });
    // The longest is between the last frame and the stop, or between two frames of the new rhythm.
    expect(reportOf(run)?.longestGapNs).toBeLessThanOrEqual(ms(2));
  });

  test('a stop ends the gap of a flow whose frames do not arrive', () => {
    const run = segment().until(seconds(1)).command('crash g2').until(seconds(3)).command('flow stop web').until(seconds(9));
    const gapNs = reportOf(run)?.longestGapNs ?? 0;
    expect([gapNs >= seconds(2), gapNs < seconds(2.1)]).toEqual([true, true]);
    run.command('flow start web').until(ms(9001));
    expect(reportOf(run)?.longestGapNs).toBe(gapNs);
  });

  test('a flow that the file starts later can start now, or be stopped before it does', () => {
    const early = segment().until(seconds(1)).command('flow start late').until(seconds(2));
    expect(sent(early, 'late')).toBe(1000);
    const never = segment().until(seconds(1)).command('flow stop late').until(seconds(8));
    expect(sent(never, 'late')).toBe(0);
    expect(sent(never.command('flow start late').until(seconds(9)), 'late')).toBe(1000);
  });

  test('a stopped flow stays stopped when its host gets its power again', () => {
    const run = segment().until(seconds(1)).command('flow stop web').command('crash g1').command('power-on g1').until(seconds(2));
    expect(sent(run)).toBe(1000);
  });
});

describe('flow rate', () => {
  test('the new rhythm counts from the moment of the change, and the stop stays', () => {
    const run = segment().until(ms(1000.25)).command('flow rate web 2.5k');
    expect(sent(run)).toBe(1001);
    expect(run.said('FlowChanged')[0]?.data).toEqual({
      node: 'g1',
      flow: 'web',
      sending: true,
      intervalPs: 4e8,
      untilNs: seconds(10),
    });
    run.until(ms(1001.25));
    // At 1000.25, 1000.65 and 1001.05 ms.
    expect(sent(run)).toBe(1004);
    run.until(seconds(2));
    expect(reportOf(run)?.framesPerSecond).toBe(2500);
    expect(sent(run.until(seconds(11)))).toBe(sent(run.until(seconds(12))));
  });

  test('frames lost because of the higher rate are blamed on the command', () => {
    const run = segment().until(seconds(1)).command('impair sw:p2 rate 2M').until(seconds(2)).forgetSeen();
    run.command('flow rate web 4k').until(seconds(4));
    const [accepted] = run.said('CommandAccepted', { command: 'flow rate web 4k' });
    const [changed] = run.said('FlowChanged');
    expect(changed?.cause).toBe(accepted?.position);
    const drops = run.said('FrameDropped', { reason: 'queue-full' });
    expect(drops.map(({ cause }) => cause)).toContain(changed?.position);
  });
});

test('every reason to refuse is given at once', () => {
  const run = segment().until(seconds(1)).command('crash g1').command('flow start web rate 0');
  expect(run.said('CommandRefused')[0]?.data.reasons).toEqual([
    'g1 has no power',
    'flow web sends already; "flow rate" changes how fast',
    'a rate of zero sends nothing; "flow stop" stops a flow',
  ]);
});

test.each([
  ['flow start wab', 'there is no flow "wab"; did you mean "web"?'],
  ['flow start web', 'flow web sends already; "flow rate" changes how fast'],
  ['flow start late for 0s', 'it would send for no time'],
  ['flow rate late 10', 'flow late does not send yet: it starts at 5.000000000 s'],
  ['flow rate web 0', 'a rate of zero sends nothing; "flow stop" stops a flow'],
  ['flow rate web 90k', '90000 frames per second are above the line at g1:eth0, which carries 82236 of this size'],
  ['flow rate web 900M', '900000000 frames per second are above 100000000'],
])('%s is refused', (command, reason) => {
  const refused = segment().until(seconds(1)).command(command).said('CommandRefused');
  expect(refused.map(({ data }) => data.reasons)).toEqual([[reason]]);
});

test('what has stopped is neither stopped nor changed again', () => {
  const run = segment().until(seconds(1)).command('flow stop web').command('flow stop web').command('flow rate web 5');
  expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
    ['flow web does not send'],
    ['flow web does not send; "flow start" starts it'],
  ]);
  expect(run.until(seconds(11)).command('flow start web').said('CommandRefused')).toHaveLength(2);
});

test('a lab with changed flows goes on from a snapshot as if nothing had been cut', () => {
  const begun = (): Run =>
    segment().until(seconds(1)).command('flow rate web 333').until(ms(1500)).command('flow start late rate 7');
  const whole = begun();
  const restored = begun();
  restored.engine.restore(restored.engine.snapshot());
  const rest = (run: Run): unknown[] => {
    run.until(seconds(4)).command('flow stop late').until(seconds(11));
    return [run.events.map((event) => Buffer.from(encodeBody(event)).toString('hex')), run.flow('web'), run.flow('late')];
  };
  expect(rest(restored)).toEqual(rest(whole));
});
