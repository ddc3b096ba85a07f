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

test('the beginning of one word finds that word, the beginning of several finds none', () => {
  const words = new Map([
    ['forged-transmits', 1],
    ['mac-changes', 2],
    ['mac-learning', 3],
  ]);
  expect(['forged', 'mac', 'fo'].map((word) => nearest(word, words.keys()))).toEqual(['forged-transmits', null, null]);
});

test('a word like no other finds nothing, and a word too long is not compared', () => {
  expect(nearest('colour', ['vlan', 'mac'])).toBeNull();
  expect(nearest('v'.repeat(10_000), ['v'.repeat(10_000)])).toBeNull();
  expect(suggestion('colour', [])).toBe('');
});
