import { expect, test } from 'vitest';
import { nearest, suggestion } from './did-you-mean.ts';

test('a slip of the finger finds the word that was meant', () => {
  const words = ['promiscuous', 'mac-changes', 'forged-transmits', 'vlan'];
  expect(['promiscous', 'Vlan', 'valn', 'forged-transmit', 'macchanges'].map((word) => nearest(word, words))).toEqual([
    'promiscuous',
    'vlan',
    'vlan',
    'forged-transmits',
    'mac-changes',
  ]);
});

test('a word like no other finds nothing, and a word too long is not compared', () => {
  expect(nearest('colour', ['vlan', 'mac'])).toBeNull();
  expect(nearest('v'.repeat(10_000), ['v'.repeat(10_000)])).toBeNull();
  expect(suggestion('colour', [])).toBe('');
});
