import { expect, test } from 'vitest';
import { chained } from '../../test/contract/records.ts';
import { nextChain } from '../model/events/chain.ts';
import { ChainCheck, EMPTY_HEAD } from './checks.ts';
import type { LogRecord } from './event-log.ts';

const [one, two, three] = chained(3) as [LogRecord, LogRecord, LogRecord];

test('a whole log passes, in any pieces', () => {
  const check = new ChainCheck('lab', EMPTY_HEAD);
  check.follow([one]);
  check.follow([]);
  check.follow([two, three]);
  expect(() => check.follow([three])).toThrow(/position 4: a record of position 3 is in its place/);
});

test('a log that begins in the middle is damaged at 1', () => {
  expect(() => new ChainCheck('lab', EMPTY_HEAD).follow([two])).toThrow(/position 1: a record of position 2 is in its place/);
});

test('a body from elsewhere is found by the position inside it, even when its chain was made to fit', () => {
  const moved = { ...two, body: three.body, chain: nextChain(one.chain, three.body) };
  expect(() => new ChainCheck('lab', one).follow([moved])).toThrow(/position 2: its body says that it is at position 3/);
});

test('a body that is none is damage', () => {
  const empty = new Uint8Array();
  const check = new ChainCheck('lab', one);
  expect(() => check.follow([{ ...two, body: empty, chain: nextChain(one.chain, empty) }])).toThrow(
    /store damaged: lab lab, position 2/,
  );
});
