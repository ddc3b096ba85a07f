import { expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { publishChained } from '../../services/publish/publish-event.ts';
import type { Json } from '../ask/questions.ts';
import { recordOf } from './published.ts';

test('an event that was published becomes the record that it was, byte for byte', () => {
  for (const lab of ['spoof-check', 'ha-assigned-mac']) {
    // The definition is sent as the object that it is: whoever follows a lab has it already.
    for (const { body, chain, position } of recordsOf(shippedLab(lab)).slice(1)) {
      const line = JSON.parse(JSON.stringify(publishChained(decodeBody(body), chain))) as Json;
      const again = recordOf(line);
      expect([again.position, toHex(again.body), toHex(again.chain)]).toEqual([position, toHex(body), toHex(chain)]);
    }
  }
});

test('what is no event is refused with the field', () => {
  const line = { position: 2, atNs: 0, type: 'GarpSent', cause: 1, chain: '', data: { node: 'fw1' } };
  expect(() => recordOf(line)).toThrow(TypeError);
  expect(() => recordOf({ ...line, type: 'Nothing' })).toThrow('there is no event named Nothing');
});
