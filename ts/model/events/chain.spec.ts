import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHAIN_START, fromHex, nextChain, sameBytes, toHex } from './chain.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the chain', () => {
  test('is SHA-256 of the previous chain and the body, as anyone can compute it', () => {
    const first = nextChain(CHAIN_START, bytes('one'));
    expect(toHex(first)).toBe(createHash('sha256').update(Buffer.alloc(32)).update('one').digest('hex'));
    expect(toHex(nextChain(first, bytes('two')))).toBe(createHash('sha256').update(first).update('two').digest('hex'));
  });

  test('is the same with the hash of node:crypto, for bodies of any length', () => {
    const node = (input: Uint8Array) => createHash('sha256').update(input).digest();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 5000 }), (previous, body) => {
        expect(toHex(nextChain(previous, body))).toBe(toHex(nextChain(previous, body, node)));
      }),
    );
  });

  test('changes with every byte of the body and of the chain before it', () => {
    const body = bytes('a body of some length');
    const chains = new Set([toHex(nextChain(CHAIN_START, body))]);
    for (let at = 0; at < body.length; at++) chains.add(toHex(nextChain(CHAIN_START, body.with(at, (body[at] as number) ^ 1))));
    for (let at = 0; at < 32; at++) chains.add(toHex(nextChain(CHAIN_START.with(at, 1), body)));
    expect(chains.size).toBe(1 + body.length + 32);
  });

  test('of one record does not change when the next is computed', () => {
    const first = nextChain(CHAIN_START, bytes('one'));
    const copy = Uint8Array.from(first);
    nextChain(first, bytes('two'));
    expect(first).toEqual(copy);
    expect(CHAIN_START).toEqual(new Uint8Array(32));
  });

  test('refuses a previous chain that is not 32 bytes', () => {
    expect(() => nextChain(new Uint8Array(31), bytes('one'))).toThrow(RangeError);
  });
});

describe('hex', () => {
  test('goes there and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
        expect(fromHex(toHex(value))).toEqual(value);
      }),
    );
  });

  test('is refused when it is odd or not hex', () => {
    for (const text of ['0', '0g', '0x00', ' 00', '00\n']) expect(() => fromHex(text)).toThrow(RangeError);
  });
});

test('bytes are the same only when all are', () => {
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  for (const other of [[1, 3], [0, 2], [1], [1, 2, 3], []])
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.from(other))).toBe(false);
});
