/** A bundle that is handed over again under the same command: the same one is there, another one never will be. */
import { expect, test } from 'vitest';
import { FakeService } from '../../../test/api/fake-service.ts';
import { recordsOf, switchedHosts } from '../../../test/support/recorded-lab.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { toHex } from '../../model/events/chain.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { BundleDiffers } from '../living/lab-errors.ts';
import { exportLab } from './export-lab.ts';
import { importLiving } from './import-living.ts';

const LAB = 'small';
const SHORT = recordsOf(switchedHosts('duration: 2s'));
const LONG = recordsOf(switchedHosts('duration: 3s\nsteps: [{ at: 1s, run: "link down a:eth0" }]'));

async function bundleOf(records: readonly LogRecord[]): Promise<Uint8Array> {
  const log = openMemoryLog();
  await log.append(LAB, 0, records);
  const pieces: Uint8Array[] = [];
  await exportLab(log, LAB, (piece) => pieces.push(piece));
  return Buffer.concat(pieces);
}

function importing(service: FakeService, bundle: Uint8Array, replace = false) {
  return importLiving(service, bundle, { id: 'c1', replace, signal: AbortSignal.timeout(1000) });
}

test('the same bundle under the same command is done, also when its lab has gone on since', async () => {
  const service = new FakeService();
  const bundle = await bundleOf(SHORT);
  await importing(service, bundle);
  await service.append(LAB, 'c2', { type: 'RecordingStopped', data: { reason: 'destroyed' } });
  expect(await importing(service, bundle)).toMatchObject({ lab: LAB, positions: SHORT.length, status: 'done' });
  expect((await service.log.head(LAB))?.position).toBe(SHORT.length + 1);
});

test('what an earlier try of the same command left is completed', async () => {
  const service = new FakeService();
  const begun = SHORT.slice(0, 2).map((record) => ({ ...record, commandId: record.position === 1 ? 'c1' : '' }));
  await service.log.append(LAB, 0, begun);
  expect(await importing(service, await bundleOf(SHORT))).toMatchObject({ status: 'done' });
});

test.each([
  ['longer', SHORT, LONG],
  ['shorter', LONG, SHORT],
])(
  'another bundle under the same command is refused at once, a %s one too: nobody waits for what never comes',
  async (_, first, second) => {
    expect(LONG.length).toBeGreaterThan(SHORT.length);
    const service = new FakeService();
    await importing(service, await bundleOf(first));
    for (const replace of [false, true]) {
      await expect(importing(service, await bundleOf(second), replace)).rejects.toThrow(BundleDiffers);
    }
    // It was refused before it was handed over, not after a wait.
    expect(service.submitted).toHaveLength(1);
    expect(toHex((await service.log.head(LAB))?.chain ?? new Uint8Array())).toBe(toHex(first.at(-1)?.chain ?? new Uint8Array()));
  },
);
