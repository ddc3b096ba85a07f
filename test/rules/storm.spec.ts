/**
 * Storms: three switches in a ring, and nothing that blocks a port.
 *
 *        a ── s1 ────── s2
 *               \      /
 *                ╲    ╱
 *                  s3 ── b
 */
import { describe, expect, test } from 'vitest';
import { flow, host, lab, learningSwitch, link, ms, type Part } from '../support/lab.ts';
import { given } from '../support/run.ts';

function ring(isClosed: boolean, ...more: readonly Part[]) {
  return given(
    lab(
      host('a', { mac: '02:00:00:00:00:0a', ip: '10.0.0.1/24' }),
      host('b', { mac: '02:00:00:00:00:0b', ip: '10.0.0.2/24' }),
      ...['s1', 's2', 's3'].map((name) =>
        learningSwitch(name, { ports: { p1: {}, p2: {}, ...(name === 's2' ? {} : { p3: {} }) } }),
      ),
      link('a:eth0', 's1:p3'),
      link('b:eth0', 's3:p3'),
      link('s1:p1', 's2:p1'),
      link('s2:p2', 's3:p1'),
      ...(isClosed ? [link('s3:p2', 's1:p2')] : []),
      ...more,
    ),
  );
}

const ONE_FRAME = flow('f', { from: 'a:eth0', to: '10.0.0.2', intervalPs: 1e12, frameBytes: 128, stopNs: ms(1) });

describe('a storm', () => {
  test('HST-01: one ARP request in a ring of switches becomes a storm at each of them, recorded once per virtual second', () => {
    const run = ring(true, ONE_FRAME).until(ms(50));
    const storms = run.said('StormDetected');
    expect(storms.map(({ data }) => data.node).sort()).toEqual(['s1', 's2', 's3']);
    for (const { data, cause, position } of storms) {
      expect(data.rate).toBeGreaterThan(200_000);
      expect(cause).toBeGreaterThan(0);
      expect(cause).toBeLessThan(position);
    }
  });

  test('HST-01: the same without the cable that closes the ring floods two frames, and nothing else', () => {
    expect(ring(false, ONE_FRAME).until(ms(50)).said('StormDetected')).toEqual([]);
  });

  test('HST-01: 10,000 flooded frames in less than a second are one, in a second or more are none', () => {
    const broadcast = (perSecond: number) => {
      const run = ring(false).until(ms(1));
      const frame = new Uint8Array([...new Array(6).fill(0xff), ...[2, 0, 0, 0, 0, 0x0c], 0x88, 0xb5, ...new Array(46).fill(0)]);
      for (let sent = 0; sent < 10_000; sent += 500) {
        run.receives('s1:p3', ...new Array<Uint8Array>(500).fill(frame)).pass(ms((500 * 1000) / perSecond));
      }
      return run.said('StormDetected', { node: 's1' });
    };
    expect(broadcast(11_000)).toHaveLength(1);
    expect(broadcast(9_000)).toEqual([]);
  });
});
