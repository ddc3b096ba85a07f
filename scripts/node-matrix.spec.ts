import { expect, test } from 'vitest';
import { type Cell, matrixFaults } from './node-matrix.ts';

const cell = (node: string, chain: string | null): Cell => ({
  lab: 'ha',
  node,
  chain,
  error: chain === null ? 'exit 1: boom' : '',
});

test('equal chains that are golden are no fault', () => {
  expect(matrixFaults([cell('v20.20.2', 'aa'), cell('v22.23.3', 'aa')], { ha: 'aa' })).toEqual([]);
});

test('a Node that computes another chain is named', () => {
  expect(matrixFaults([cell('v20.20.2', 'aa'), cell('v22.23.3', 'ab')], { ha: 'aa' })).toEqual([
    'ha on Node v22.23.3: chain ab, golden aa',
  ]);
});

test('chains that agree but are not golden are faults', () => {
  expect(matrixFaults([cell('v20.20.2', 'ab'), cell('v22.23.3', 'ab')], { ha: 'aa' })).toHaveLength(2);
});

test('a failed run, a lab without golden chain and a golden chain without lab are faults', () => {
  expect(matrixFaults([cell('v20.20.2', null)], { ha: 'aa' })).toEqual(['ha on Node v20.20.2: exit 1: boom']);
  expect(matrixFaults([cell('v20.20.2', 'aa')], {})).toHaveLength(1);
  expect(matrixFaults([cell('v20.20.2', 'aa')], { ha: 'aa', gone: 'bb' })).toEqual([
    'gone is in labs/golden but labs/ has no gone.lab.yml',
  ]);
});
