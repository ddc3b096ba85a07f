/** Moments that a run leaves on its way: another run from any of them is the run from the beginning. */
import { describe, expect, test } from 'vitest';
import { recordsOf, switchedHosts } from '../../test/support/recorded-lab.ts';
import { createEngine } from '../services/engine/host.ts';
import { type Course, courseOf } from './course.ts';
import { Moments } from './moments.ts';
import { Rerun } from './rerun.ts';

const MIB = 1 << 20;
const SECONDS = 400;

/** A lab of some thousand events: the cable of a host is out for half of each second. */
const course = courseOf(
  recordsOf(
    switchedHosts(
      [
        'steps:',
        ...Array.from({ length: SECONDS - 1 }, (_, i) => [
          `  - { at: ${i + 1}s, run: link down b:eth0 }`,
          `  - { at: ${i + 1}.5s, run: link up b:eth0 }`,
        ]).flat(),
        `duration: ${SECONDS}s`,
      ].join('\n'),
    ),
  ),
);
const whole = new Rerun(createEngine, course, { forgets: true }).play().engine;

/** How many events are decided again on the way to a time. */
function playedTo(atNs: number, moments: Moments, of: Course = course): number {
  const from = moments.before(atNs);
  const rerun = new Rerun(createEngine, of, from === null ? {} : { from });
  moments.along(rerun, { atNs });
  return rerun.decided.length;
}

describe('a run to the end', () => {
  test('is the same run with moments kept on the way, and from each of them', () => {
    const moments = Moments.upTo(64 * MIB);
    const run = moments.along(new Rerun(createEngine, course), null);
    expect(run.engine.chain).toEqual(whole.chain);
    for (const atNs of [90e9, 200e9, 399e9]) {
      const from = moments.before(atNs);
      expect(from?.snapshot.position).toBeGreaterThan(1);
      expect(new Rerun(createEngine, course, from === null ? {} : { from }).play().engine.chain).toEqual(whole.chain);
    }
  });

  test('leaves moments with which a later time needs few of its events', () => {
    const moments = Moments.upTo(64 * MIB);
    expect(playedTo(390e9, moments)).toBeGreaterThan(3000);
    expect(playedTo(391e9, moments)).toBeLessThan(1100);
    expect(playedTo(200e9, moments)).toBeLessThan(1100);
  });

  test('keeps no more than the bytes that it may, and those over all of the run', () => {
    const region = whole.snapshot().region.length;
    const moments = Moments.upTo(2 * region);
    moments.along(new Rerun(createEngine, course), null);
    const kept = new Set([...Array(SECONDS).keys()].map((s) => moments.before(s * 1e9)?.snapshot.position));
    kept.delete(undefined);
    expect([...kept]).toHaveLength(2);
    expect(Math.min(...(kept.values() as Iterable<number>))).toBeGreaterThan(1500);
  });

  test('keeps none where none may be kept', () => {
    const moments = Moments.none();
    moments.along(new Rerun(createEngine, course), null);
    expect(moments.before(SECONDS * 1e9)).toBeNull();
  });
});
