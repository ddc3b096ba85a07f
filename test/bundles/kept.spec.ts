/**
 * Bundles that earlier builds wrote are read, verified and written again alike: whoever keeps one can count on it. A bundle is never made
 * anew here; where a release decides something differently on purpose, it says so and adds bundles of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../ts/bundle/manifest.ts';
import { writeBundle } from '../../ts/bundle/write-bundle.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { bundlePieces, fileBytes } from '../../ts/services/bundle/file/bundle-file.ts';
import { verifyBundle } from '../../ts/services/bundle/verify-bundle.ts';
import { playsLab } from '../support/played.ts';

const FOLDER = 'test/bundles';
const BUNDLES = readdirSync(FOLDER).filter((file) => file.endsWith('.sbk'));

test('there are some', () => {
  expect(BUNDLES.length).toBeGreaterThanOrEqual(9);
});

describe.each(BUNDLES)('%s', (file) => {
  const path = `${FOLDER}/${file}`;

  test('verifies', async () => {
    playsLab();
    const { lab, verification } = await verifyBundle(fileBytes(path));
    expect(verification).toMatchObject({ verified: true, unrecorded: 0 });
    expect(`${lab}.sbk`).toBe(file);
  });

  test('is written again with the same bytes', async () => {
    let manifest: Manifest | null = null;
    const records: LogRecord[] = [];
    for await (const piece of bundlePieces(fileBytes(path))) {
      if (piece.kind === 'manifest') manifest = piece.manifest;
      else if (piece.kind === 'records') records.push(...piece.records);
    }
    if (manifest === null) throw new Error('expected a manifest');
    async function* batch(): AsyncGenerator<readonly LogRecord[]> {
      yield await Promise.resolve(records);
    }
    const pieces: Uint8Array[] = [];
    for await (const piece of writeBundle(manifest, batch())) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(gunzipSync(readFileSync(path)))).toBe(true);
  });
});
