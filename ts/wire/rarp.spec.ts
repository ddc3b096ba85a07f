import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Mac } from '../values/mac.ts';
import { switchNotification } from './rarp.ts';

const { frames } = JSON.parse(readFileSync(new URL('../../test/vectors/garp-frames.json', import.meta.url), 'utf8')) as {
  frames: { id: string; hex: string }[];
};

test('NOT-01: the notification for a vNIC is a reverse-ARP broadcast from its own MAC, byte for byte', () => {
  const expected = frames.find(({ id }) => id === 'rarp-notify-a')?.hex;
  expect(Buffer.from(switchNotification('00:50:56:aa:00:01' as Mac, null)).toString('hex')).toBe(expected);
});
