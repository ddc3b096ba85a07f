/** Records as the bytes of a bundle, compressed by the browser. */
import { manifestOf } from '../../bundle/manifest.ts';
import { writeBundle } from '../../bundle/write-bundle.ts';
import { CHAIN_START, toHex } from '../../model/events/chain.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { gathered } from './inflated.ts';

export async function packed(lab: string, records: readonly LogRecord[]): Promise<Uint8Array> {
  const manifest = manifestOf(lab, records.length, toHex(records.at(-1)?.chain ?? CHAIN_START), null);
  const archive = new Uint8Array(await gathered(writeBundle(manifest, once(records))));
  const gzip = new Blob([archive]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(gzip).arrayBuffer());
}

async function* once(records: readonly LogRecord[]): AsyncGenerator<readonly LogRecord[]> {
  await Promise.resolve();
  yield records;
}
