/** A run that is not the golden one is told by the first event that differs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLabFile } from '../ts/topology/read-lab-file.ts';
import { decidedBy, firstDifference, goldenText } from './golden-file.ts';

const NAME = 'labs/uplink-team.lab.yml';

function runOf(text: string) {
  const result = readLabFile(text, NAME);
  if (!result.ok) throw new Error(result.findings.map(({ message }) => message).join('\n'));
  return decidedBy(result.file);
}

const decided = runOf(readFileSync(NAME, 'utf8'));
const golden = goldenText(decided);
const lines = golden.split('\n');

test('a golden file is the chain, then an event a line', () => {
  expect(lines[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(lines).toHaveLength(decided.length + 2);
  expect(lines[1]).toBe(`1 0 ${decided[0]?.event.type} ${lines[1]?.slice(-16)}`);
  expect(lines.at(-2)?.slice(-16)).toBe(lines[0]?.slice(0, 16));
  expect(firstDifference(golden, decided)).toBeNull();
});

test('the first event that differs is named, with what it was', () => {
  const changed = [...lines];
  changed[7] = '7 0 PortBlocked 0011223344556677';
  changed[9] = 'x';
  const told = firstDifference(changed.join('\n'), decided);
  expect(told).toContain(`the first event that differs was "7 0 PortBlocked 0011223344556677", and is "${lines[7]}": #7 `);
  expect(told).toContain(JSON.stringify(decided[6]?.event.data));
});

test('events that are missing or too many are named, and a chain that is not that of its events', () => {
  expect(firstDifference(golden, decided.slice(0, -1))).toContain(
    `ends after ${decided.length - 1} events; "${lines.at(-2)}" followed`,
  );
  const shorter = [...lines.slice(0, -2), ''].join('\n');
  expect(firstDifference(shorter, decided)).toContain(`the golden run ends after ${decided.length - 1} events; now follows #`);
  const otherChain = golden.replace(/^./, lines[0]?.startsWith('0') ? '1' : '0');
  expect(firstDifference(otherChain, decided)).toContain(`the first line is not their chain ${lines[0]}`);
});
