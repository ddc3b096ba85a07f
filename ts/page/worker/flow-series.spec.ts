/** What flows carried, kept on the way of a proof, against an engine that is asked at the same moments. */
import { expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { type FlowReport, readFlows } from '../../engine/derived.ts';
import { replayUntil } from '../../engine/replay.ts';
import { createEngine } from '../../services/engine/host.ts';
import type { FlowHistory } from '../ask/questions.ts';
import { countAt, highestRate, rateAt, rateText } from '../timeline/rates.ts';
import { ProofRun } from './proof.ts';
import { Recording } from './recording.ts';

const records = recordsOf(shippedLab('ha-assigned-mac'));

function proven(): FlowHistory {
  const proof = new ProofRun(new Recording('ha', records), () => createEngine(), 'test');
  while (!proof.slice(() => 0));
  return proof.flows();
}

/** Flows at the end of an instant, of an engine of its own. */
function flowsAt(atNs: number): readonly FlowReport[] {
  const engine = createEngine();
  replayUntil(engine, records, { atNs });
  return readFlows(engine);
}

test('each moment that is kept has the counts of an engine at that time, and the end is one of them', () => {
  const { atNs, flows } = proven();
  expect(atNs.length).toBeGreaterThan(20);
  expect(flows.some(({ lost }) => (lost.at(-1) ?? 0) > 0)).toBe(true);
  for (const index of [2, 5, Math.floor(atNs.length / 2), atNs.length - 1]) {
    const [before, behind] = [flowsAt((atNs[index] ?? 0) - 1), flowsAt(atNs[index] ?? 0)];
    for (const [number, { name, sent, received, lost }] of flows.entries()) {
      expect(name).toBe(behind[number]?.name);
      // Inside an instant: what an engine has before it, what it has behind it, or between.
      for (const [counts, key] of [
        [sent, 'sent'],
        [received, 'received'],
        [lost, 'lost'],
      ] as const) {
        expect(counts[index], `${name} ${key} at ${atNs[index]}`).toBeGreaterThanOrEqual(before[number]?.[key] ?? 0);
        expect(counts[index], `${name} ${key} at ${atNs[index]}`).toBeLessThanOrEqual(behind[number]?.[key] ?? 0);
      }
    }
  }
  const end = flowsAt(Number.MAX_SAFE_INTEGER - 1);
  expect(flows.map(({ lost }) => lost.at(-1))).toEqual(end.map(({ lost }) => lost));
});

test('a rate is what came in the time before, in proportion between two moments', () => {
  const atNs = Float64Array.of(0, 1e9, 2e9);
  const received = Float64Array.of(0, 100, 100);
  const lost = Float64Array.of(0, 0, 50);
  expect([-1, 0, 5e8, 1e9, 3e9].map((at) => countAt(atNs, received, at))).toEqual([0, 0, 50, 100, 100]);
  expect([0, 5e8, 1.05e9, 2e9].map((at) => Math.round(rateAt(atNs, received, at)))).toEqual([0, 100, 50, 0]);
  expect(rateAt(atNs, lost, 2e9, 2e9)).toBe(25);
  expect(highestRate({ atNs, flows: [] }, { name: 'web', sent: received, received, lost })).toBeCloseTo(100);
  expect([0, 0.5, 99.96, 1234.5].map(rateText)).toEqual(['0/s', '0.5/s', '100/s', '1,230/s']);
});
