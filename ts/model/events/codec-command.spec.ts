import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCommand, encodeCommand, type LabCommand, type LabRequest } from './codec-command.ts';
import { decodePiece, encodePiece } from './codec-snapshot.ts';
import { Undecodable } from './codec-strict.ts';

const request: fc.Arbitrary<LabRequest> = fc.oneof(
  fc.record({
    verb: fc.constant('deploy' as const),
    definition: fc.string(),
    pacePermille: fc.integer({ min: 0, max: 0xffff_ffff }),
    replace: fc.boolean(),
  }),
  fc.record({ verb: fc.constant('execute' as const), text: fc.string() }),
  fc.record({ verb: fc.constant('destroy' as const), forget: fc.boolean() }),
  fc.record({ verb: fc.constant('import' as const), bundle: fc.uint8Array(), replace: fc.boolean() }),
);
const id = fc.stringMatching(/^[!-~]{1,80}$/);

describe('a command', () => {
  test('decodes to what it was', () => {
    fc.assert(
      fc.property(fc.record({ id, lab: fc.string(), request }), (command) => {
        expect(decodeCommand(encodeCommand(command))).toEqual(command);
      }),
    );
  });

  test('is a command or Undecodable, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeCommand(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Undecodable);
        }
      }),
    );
  });

  test.each([
    ['an empty id', { id: '' }],
    ['an id with a space', { id: 'a b' }],
    ['a long id', { id: 'x'.repeat(81) }],
    ['a field of another verb', { request: { verb: 'execute', text: 'x', forget: true } }],
    ['no field', { request: { verb: 'execute' } }],
  ])('is refused with %s', (_, wrong) => {
    const command: LabCommand = { id: 'a', lab: 'lab', request: { verb: 'execute', text: 'step 1s' } };
    expect(() => encodeCommand({ ...command, ...wrong } as LabCommand)).toThrow(TypeError);
  });

  test('that asks for two things, or for nothing, is none', () => {
    const [execute, destroy] = [
      encodeCommand({ id: 'a', lab: 'l', request: { verb: 'execute', text: 't' } }),
      encodeCommand({ id: 'a', lab: 'l', request: { verb: 'destroy', forget: true } }),
    ];
    expect(() => decodeCommand(Uint8Array.from([...execute, ...destroy]))).toThrow(/more than one thing/);
    expect(() => decodeCommand(Uint8Array.of(0x0a, 1, 97))).toThrow(/nothing we know/);
  });
});

test('a piece of a snapshot decodes to what it was', () => {
  const piece = {
    lab: 'lab',
    kind: 'engine',
    position: 7,
    chain: new Uint8Array(32).fill(3),
    engine: 'e',
    bytes: Uint8Array.of(1, 0, 2),
    piece: 1,
    pieces: 4,
  } as const;
  expect(decodePiece(encodePiece(piece))).toEqual(piece);
});
