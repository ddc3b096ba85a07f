/** A bundle is appended once, whatever is sent again under the same command. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { recordsOf, switchedHosts } from '../../../test/support/recorded-lab.ts';
import { manifestOf } from '../../bundle/manifest.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { toHex } from '../../model/events/chain.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { appendBundle } from './append-bundle.ts';

const LAB = 'small';
const short = recordsOf(switchedHosts('duration: 2s'));
const other = recordsOf(switchedHosts('duration: 3s\nsteps: [{ at: 1s, run: "link down a:eth0" }]'));

async function bundleOf(records: readonly LogRecord[]): Promise<Uint8Array> {
  const chain = toHex(records.at(-1)?.chain ?? new Uint8Array(0));
  const once = async function* (): AsyncGenerator<readonly LogRecord[]> {
    await Promise.resolve();
    yield records;
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of writeBundle(manifestOf(LAB, records.length, chain, null), once())) pieces.push(piece);
  return gzipSync(Buffer.concat(pieces));
}

function living() {
  const log = openMemoryLog();
  const recorder = {
    append: (lab: string, expected: number, records: readonly LogRecord[]) => log.append(lab, expected, records),
    caughtUp: () => Promise.resolve(),
    forget: (lab: string) => log.remove(lab),
  };
  return { log, context: { log, recorder } as unknown as Parameters<typeof appendBundle>[0] };
}

async function bodiesOf(log: ReturnType<typeof openMemoryLog>): Promise<readonly Uint8Array[]> {
  const bodies: Uint8Array[] = [];
  for await (const batch of log.read(LAB, 1)) bodies.push(...batch.map(({ body }) => body));
  return bodies;
}

test('what an earlier try of the same command left is completed', async () => {
  const { log, context } = living();
  await log.append(LAB, 0, short.slice(0, 2));
  await appendBundle(context, LAB, 'c1', await bundleOf(short));
  expect(await bodiesOf(log)).toEqual(short.map(({ body }) => body));
});

test('another, longer bundle under the same command has no effect: the lab keeps its history', async () => {
  const { log, context } = living();
  await appendBundle(context, LAB, 'c1', await bundleOf(short));
  expect(other.length).toBeGreaterThan(short.length);
  await appendBundle(context, LAB, 'c1', await bundleOf(other));
  expect(await bodiesOf(log)).toEqual(short.map(({ body }) => body));
});
