/** Checks and flows of a run, for people. */
import type { FlowReport } from '../engine/derived.ts';
import type { CheckResult } from '../projections/checks.ts';
import { count, paint, span } from './output.ts';
import { table } from './table.ts';

/** A line per check; what was seen instead, under those that failed. */
export function checkLines(checks: readonly CheckResult[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, description, pass, failures }) => [
    `${pass ? paint('good', 'pass') : paint('bad', 'FAIL')}  ${description === '' ? name : `${name.padEnd(width)}${paint('dim', `  ${description}`)}`}`,
    ...failures.map((failure) => `      ${failure}`),
  ]);
}

export function flowTable(flows: readonly FlowReport[]): string {
  const numbers = ['sent', 'received', 'lost', 'longest gap', 'from', 'latency'].map((head) => ({ head, align: 'right' }) as const);
  return table(
    ['flow', ...numbers],
    flows.map(({ name, sent, received, lost, longestGapNs, longestGapFromNs, latencyNs }) => [
      name,
      count(sent),
      count(received),
      count(lost),
      span(longestGapNs),
      span(longestGapFromNs),
      latencyNs === null ? '-' : span(latencyNs.mean),
    ]),
  );
}
