import { expect, test } from 'vitest';
import { decodeLinked, encodeLinked, LINK_POSITIONS_MAX, LinkDamaged, type LinkedLab } from './link.ts';

const LINKED: LinkedLab = {
  lab: 'hä',
  positions: 7,
  chain: Uint8Array.from({ length: 32 }, (_, i) => i),
  inputs: [Uint8Array.of(8, 1, 9), Uint8Array.of(), Uint8Array.of(255)],
};
const POSITIONS_AT = 33;

test('what was done to a lab is read from a link as it was written', () => {
  expect(decodeLinked(encodeLinked(LINKED))).toEqual(LINKED);
});

test('a link that was cut off is refused wherever it was cut, or is a shorter row of inputs', () => {
  const bytes = encodeLinked(LINKED);
  for (let length = 0; length < bytes.length; length++) {
    let inputs = -1;
    try {
      ({
        inputs: { length: inputs },
      } = decodeLinked(bytes.slice(0, length)));
    } catch (error) {
      expect(error).toBeInstanceOf(LinkDamaged);
    }
    // The chain tells such a link apart: fewer inputs make another history.
    expect(inputs).toBeLessThan(LINKED.inputs.length);
  }
});

test('lengths, versions and counts that no writer wrote are refused with their byte', () => {
  const changed = (at: number, value: number): Uint8Array => encodeLinked(LINKED).with(at, value);
  expect(() => decodeLinked(changed(0, 2))).toThrow('byte 0: version 2; this version of Switchback reads 1');
  expect(() => decodeLinked(changed(POSITIONS_AT, 0))).toThrow(`0 events; expected 1 to ${LINK_POSITIONS_MAX}`);
  expect(() => decodeLinked(changed(POSITIONS_AT + 3, 255))).toThrow('expected 1 to');
  expect(() => decodeLinked(changed(POSITIONS_AT + 4 + 3, 255))).toThrow('byte 37: it ends before what begins here');
  expect(() => decodeLinked(changed(POSITIONS_AT + 8, 0))).toThrow('expected the name of a lab');
  expect(() => decodeLinked(encodeLinked({ ...LINKED, inputs: [] }))).toThrow('nothing that was done to it');
});
