import { constants, tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { checkRoom, unusableOr } from './unusable.ts';

test.each(['ENOSPC', 'EROFS', 'EACCES', 'EPERM', 'EDQUOT'] as const)(
  '%s says that the place is at fault, by its name as by its number',
  (code) => {
    for (const raw of [code, constants.errno[code]]) {
      const error = Object.assign(new Error('deep inside'), { code: raw });
      expect(unusableOr('labs', 'write', error)).toMatchObject({
        name: 'StoreUnusable',
        message: expect.stringMatching(/^cannot write the store in labs: /),
        code,
      });
    }
  },
);

test('errors that tell of the store itself stay what they are', () => {
  for (const code of ['EIO', 'ENOENT', -30_796, undefined]) {
    const error = Object.assign(new Error('other'), { code });
    expect(unusableOr('labs', 'write', error)).toBe(error);
  }
});

test('an append for which the disk has no room is refused before it begins', () => {
  expect(() => checkRoom(tmpdir(), 1, Number.MAX_SAFE_INTEGER)).toThrow('no space left on the device');
});
