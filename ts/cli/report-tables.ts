/** Checks and flows of a run, for people. */

import type { CheckResult } from '../engine/checks.ts';
import type { FlowReport } from '../engine/derived.ts';
import type { CoreReport } from '../engine/derived-cores.ts';
import { naturalOrder } from '../values/natural-order.ts';
import { count, counted, paint, span } from './output.ts';
import { table } from './table.ts';

/** A line per check; under each failed one, what was seen instead. */
export function checkLines(checks: readonly CheckResult[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, description, pass, failures }) => [
    `${pass ? paint('good', 'pass') : paint('bad', 'FAIL')}  ${description === '' ? name : `${name.padEnd(width)}${paint('dim', `  ${description}`)}`}`,
    ...failures.map((failure) => `      ${failure}`),
  ]);
}

/** Flows of a lab with cores: rates, latencies, and the core that limits each flow. */
export function rateTable(flows: readonly FlowReport[]): string {
  const numbers = ['frames/s', 'median', '99 %', 'mean', 'lost'].map((head) => ({ head, align: 'right' }) as const);
  return table(
    ['flow', ...numbers, 'limited by'],
    inOrder(flows).map(({ name, framesPerSecond, latencyNs, lost, limitedBy }) => [
      name,
      framesPerSecond === null ? '-' : count(framesPerSecond),
      ...(latencyNs === null ? ['-', '-', '-'] : [span(latencyNs.p50), span(latencyNs.p99), span(latencyNs.mean)]),
      count(lost),
      limitedBy === null ? '-' : `${limitedBy.node} core ${limitedBy.core}`,
    ]),
  );
}

export function coreTable(cores: readonly CoreReport[]): string {
  const numbers = ['busy', 'frames', 'bursts', 'empty polls', 'wake-ups', 'flow misses', 'missed'].map(
    (head) => ({ head, align: 'right' }) as const,
  );
  return table(
    ['core', ...numbers],
    cores.map(
      ({ node, core, polls, atWorkPermille, frames, bursts, emptyPolls, wakeUps, flowHits, flowMisses, upcalls, rings }) => [
        `${node} ${core}${polls ? ' (polls)' : ''}`,
        `${(atWorkPermille / 10).toFixed(1)} %`,
        count(frames),
        count(bursts),
        polls ? count(emptyPolls) : '-',
        polls ? '-' : count(wakeUps),
        flowHits + flowMisses === 0 ? '-' : `${count(flowMisses)}${upcalls === 0 ? '' : `, ${counted(upcalls, 'upcall')}`}`,
        count(rings.reduce((sum, { missed }) => sum + missed, 0)),
      ],
    ),
  );
}

export function flowTable(flows: readonly FlowReport[]): string {
  const numbers = ['sent', 'received', 'lost', 'longest gap', 'from', 'latency'].map((head) => ({ head, align: 'right' }) as const);
  return table(
    ['flow', ...numbers],
    inOrder(flows).map(({ name, sent, received, lost, longestGapNs, longestGapFromNs, latencyNs }) => [
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

/** Connections of the TCP flows: one table, or none where a lab has no such flow. */
export function connectionTables(flows: readonly FlowReport[]): readonly string[] {
  const rows = inOrder(flows).flatMap(({ name, tcp }) => (tcp === null ? [] : [{ name, tcp }]));
  if (rows.length === 0) return [];
  const numbers = ['connected at', 'sent again', 'longest stall', 'from', 'reset at'].map(
    (head) => ({ head, align: 'right' }) as const,
  );
  const text = table(
    ['TCP flow', 'outcome', ...numbers, 'by'],
    rows.map(({ name, tcp }) => [
      name,
      tcp.state,
      tcp.connectedNs === null ? '-' : span(tcp.connectedNs),
      count(tcp.retransmissions),
      tcp.longestStallNs === 0 ? '-' : span(tcp.longestStallNs),
      tcp.longestStallNs === 0 ? '-' : span(tcp.longestStallFromNs),
      tcp.resetNs === null ? '-' : span(tcp.resetNs),
      tcp.resetBy ?? '-',
    ]),
  );
  return [text];
}

/** By name; a lab numbers its flows in another order, which is part of its definition. */
function inOrder(flows: readonly FlowReport[]): readonly FlowReport[] {
  return [...flows].sort((a, b) => naturalOrder(a.name, b.name));
}
