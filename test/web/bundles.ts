/** Bundles of shipped labs for the page, made on Node. */
import { readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { manifestOf } from '../../ts/bundle/manifest.ts';
import { writeBundle } from '../../ts/bundle/write-bundle.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { Recording } from '../../ts/page/worker/recording.ts';
import { recordsOf, shippedLab } from '../support/recorded-lab.ts';

export interface MadeBundle {
  readonly name: string;
  readonly records: readonly LogRecord[];
  /** Hex. */
  readonly chain: string;
  readonly bytes: Buffer;
}

/** A shipped lab, run to its end on Node, as a bundle: with hashes of its state wherever time was let pass. */
export function bundleOfLab(name: string): Promise<MadeBundle> {
  return bundleOf(name, recordsOf(shippedLab(name), { checkpoints: true }));
}

export async function bundleOf(name: string, records: readonly LogRecord[]): Promise<MadeBundle> {
  const chain = toHex(records.at(-1)?.chain ?? new Uint8Array(0));
  const pieces: Uint8Array[] = [];
  for await (const piece of writeBundle(manifestOf(name, records.length, chain, null), once(records))) pieces.push(piece);
  return { name, records, chain, bytes: gzipSync(Buffer.concat(pieces)) };
}

/** A bundle's archive, read to its end as the page's workers read it. @throws BundleDamaged */
export async function readWhole(archive: AsyncIterable<Uint8Array>): Promise<Recording> {
  let whole: Recording | null = null;
  for await (const recording of Recording.reading(archive)) whole = recording;
  if (whole === null) throw new Error('the bundle has no records');
  return whole;
}

async function* once(records: readonly LogRecord[]): AsyncGenerator<readonly LogRecord[]> {
  await Promise.resolve();
  yield records;
}

/** Labs for a test in the browser: a few, or with WEB_LABS=all every shipped one. */
export function labsToOpen(few: readonly string[]): readonly string[] {
  if (process.env['WEB_LABS'] !== 'all') return few;
  return readdirSync('labs').flatMap((name) => (name.endsWith('.lab.yml') ? [name.replace('.lab.yml', '')] : []));
}
