/** A claim is confirmed only where the record says so. */
import { beforeAll, expect, test } from 'vitest';
import { recordsOf, switchedHosts } from '../../../test/support/recorded-lab.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { checkClaim } from './citation.ts';

const log = openMemoryLog();
const records = recordsOf(switchedHosts('duration: 2s\nsteps: [{ at: 1s, run: "link down a:eth0" }]'));
const last = records.at(-1) as LogRecord;
const caused = records.findLast(({ body }) => decodeBody(body).cause > 0) as LogRecord;

beforeAll(() => log.append('small', 0, records));

test('type, chain and fields that the record has are confirmed', async () => {
  const { type, data } = decodeBody(last.body);
  const node = 'node' in data ? { fields: { node: data.node } } : {};
  const claim = { position: last.position, type, chain: toHex(last.chain), ...node };
  expect(await checkClaim(log, 'small', claim)).toMatchObject({ confirmed: true, refused: [] });
});

test('a chain of another history is refused', async () => {
  const { confirmed, refused } = await checkClaim(log, 'small', { position: last.position, chain: '0'.repeat(64) });
  expect(confirmed).toBe(false);
  expect(refused).toEqual([`the chain at #${last.position} is ${toHex(last.chain)}, not ${'0'.repeat(64)}`]);
});

test('every event on the way back is a cause, and no other one is', async () => {
  const { causes } = await checkClaim(log, 'small', { position: caused.position });
  expect(causes[0]).toBe(decodeBody(caused.body).cause);
  expect(decodeBody((records[(causes.at(-1) ?? 1) - 1] as LogRecord).body).cause).toBe(0);
  for (const causedBy of causes)
    expect((await checkClaim(log, 'small', { position: caused.position, causedBy })).confirmed).toBe(true);
  const stranger = records.find(({ position }) => position < caused.position && !causes.includes(position))?.position ?? 0;
  expect((await checkClaim(log, 'small', { position: caused.position, causedBy: stranger })).refused).toHaveLength(1);
});

test('a position behind the end of the lab is refused', async () => {
  await expect(checkClaim(log, 'small', { position: last.position + 1 })).rejects.toThrow(`has no position ${last.position + 1}`);
});
