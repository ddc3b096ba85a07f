import { describe, expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import type { EventLog } from '../../log/event-log.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { toHex } from '../../model/events/chain.ts';
import { exportLab } from './export-lab.ts';
import { heldBytes } from './file/bundle-file.ts';
import { importLab } from './import-lab.ts';

const LAB = 'spoof-check';
const RECORDS = recordsOf(shippedLab(LAB));

async function recorded(): Promise<EventLog> {
  const log = openMemoryLog();
  await log.append(LAB, 0, RECORDS);
  return log;
}

async function exported(log: EventLog): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const { bytes } = await exportLab(log, LAB, (piece) => pieces.push(piece));
  const file = Buffer.concat(pieces);
  expect(bytes).toBe(file.length);
  return file;
}

const chains = async (log: EventLog, lab: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const batch of log.read(lab)) found.push(...batch.map(({ chain }) => toHex(chain)));
  return found;
};

describe('an imported lab', () => {
  test('has the records of the exported one, under any name, and makes the same file', async () => {
    const file = await exported(await recorded());
    const log = openMemoryLog();
    await importLab(log, heldBytes(file));
    await importLab(log, heldBytes(file), { name: 'again' });
    expect(await log.labs()).toEqual(['again', LAB]);
    expect(await chains(log, 'again')).toEqual(await chains(await recorded(), LAB));
    expect(await exported(log)).toEqual(file);
  });

  test('takes the place of no other, unless it is to', async () => {
    const file = await exported(await recorded());
    const log = await recorded();
    await expect(importLab(log, heldBytes(file))).rejects.toThrow(LAB);
    await importLab(log, heldBytes(file), { replace: true });
    expect((await log.head(LAB))?.position).toBe(RECORDS.length);
  });

  test('is there as a whole or not at all, and what was there before stays', async () => {
    const file = await exported(await recorded());
    const log = await recorded();
    for (const cut of [40, file.length >> 1, file.length - 4]) {
      const damaged = heldBytes(file.subarray(0, cut));
      await expect(importLab(log, damaged, { name: 'cut' })).rejects.toThrow(
        /^bundle damaged: byte \d+ of the file: expected gzip/,
      );
      await expect(importLab(log, damaged, { replace: true })).rejects.toThrow('bundle damaged');
    }
    expect(await log.labs()).toEqual([LAB]);
  });
});

test('a lab that is not there is not exported', async () => {
  await expect(exportLab(openMemoryLog(), 'nobody', () => undefined)).rejects.toThrow('nobody');
});
