import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { readWhole } from '../../../test/web/bundles.ts';
import { encodeLinked, LINK_CHARACTERS_MAX, LINK_PREFIX } from '../../bundle/link.ts';
import { openMemoryLog } from '../../log/memory.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { labLink } from '../../services/bundle/lab-link.ts';
import { createEngine } from '../../services/engine/host.ts';
import { gunzipped } from '../worker/gunzipped.ts';
import { readLink, writeLink } from './link-text.ts';
import { packed } from './packed.ts';
import { playLink } from './play-link.ts';

const LAB = 'spoof-check';

async function codeOf(records: readonly LogRecord[]): Promise<string> {
  const log = openMemoryLog();
  await log.append(LAB, 0, records);
  return (await labLink(log, LAB)).slice(LINK_PREFIX.length);
}

test('the lab of a link has the chain that its recording has, and its bundle holds the same records', async () => {
  const records = recordsOf(shippedLab(LAB));
  const linked = await readLink(await codeOf(records));
  const played = playLink(linked, createEngine);
  expect(played.isSame).toBe(true);
  expect(played.records.map(({ body }) => body)).toEqual(records.map(({ body }) => body));
  const again = await readWhole(gunzipped(await packed(LAB, played.records)));
  expect([again.lab, again.chain]).toEqual([LAB, Buffer.from(linked.chain).toString('hex')]);
  expect(await readLink((await writeLink(linked)) ?? '')).toEqual(linked);
});

test('a lab that was stopped on its way comes out as far as it was recorded', async () => {
  const whole = recordsOf(shippedLab(LAB));
  const cut = whole.slice(0, whole.length - 3);
  const { records, isSame } = playLink(await readLink(await codeOf(cut)), createEngine);
  expect(isSame).toBe(true);
  expect(records.map(({ position }) => position)).toEqual(cut.map(({ position }) => position));
  expect(records.at(-1)?.settled).toBe(false);
});

test('a link whose chain is another one is executed all the same, and told apart', async () => {
  const linked = await readLink(await codeOf(recordsOf(shippedLab(LAB))));
  const { records, isSame } = playLink({ ...linked, chain: linked.chain.with(0, (linked.chain[0] ?? 0) ^ 1) }, createEngine);
  expect([records.length, isSame]).toEqual([linked.positions, false]);
});

test('a link that is damaged, too long, or inflates to too much is refused in one sentence', async () => {
  const code = await codeOf(recordsOf(shippedLab(LAB)));
  const deflated = (bytes: Uint8Array): string => deflateRawSync(bytes, { level: 9 }).toString('base64url');
  await expect(readLink('A'.repeat(LINK_CHARACTERS_MAX))).rejects.toThrow(
    /^link damaged: it has 4000 characters; expected at most 3995$/,
  );
  await expect(readLink(code.slice(0, -20))).rejects.toThrow(/^link damaged: expected deflate: /);
  await expect(readLink('a')).rejects.toThrow('link damaged: expected base64url');
  await expect(readLink(deflated(new Uint8Array(2 ** 21)))).rejects.toThrow(
    /^link damaged: a page holds at most 1048576 bytes of it$/,
  );
});

test('what is no input, and a second definition, are refused with their number', async () => {
  const records = recordsOf(shippedLab(LAB));
  const linked = await readLink(await codeOf(records));
  const [definition = new Uint8Array(0)] = linked.inputs;
  const outcome = records.find(({ body }) => !linked.inputs.some((one) => Buffer.compare(one, body) === 0))?.body ?? definition;
  const play =
    (...inputs: Uint8Array[]) =>
    () =>
      playLink({ ...linked, inputs }, createEngine);
  expect(play(definition, outcome)).toThrow(/^link damaged: input 2 is none: \w+$/);
  expect(play(definition, definition)).toThrow('link damaged: expected one definition of a lab, as its first input');
  expect(play(...linked.inputs.slice(1))).toThrow('expected one definition of a lab');
  expect(play(definition, Uint8Array.of(1, 2, 3))).toThrow(/^link damaged: input 2: /);
  expect(encodeLinked(linked).length).toBeGreaterThan(1000);
});
