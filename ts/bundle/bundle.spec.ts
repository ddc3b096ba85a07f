/**
 * A bundle, archive and all:
 *
 *   manifest.json · records/0000000001 · records/… · end of the archive
 *
 * What is read is what was written, or nothing.
 */
import { describe, expect, test } from 'vitest';
import { cabledHosts, recordsOf } from '../../test/support/recorded-lab.ts';
import { toHex } from '../model/events/chain.ts';
import type { LogRecord } from '../model/events/record.ts';
import { ByteSource } from './byte-source.ts';
import { decodeManifest, encodeManifest, type Manifest, manifestOf } from './manifest.ts';
import { type BundlePiece, readBundle } from './read-bundle.ts';
import { TAR_END, tarEntry } from './tar.ts';
import { writeBundle } from './write-bundle.ts';

const RECORDS = recordsOf(
  cabledHosts(`duration: 1s
`),
);
const CHAIN = toHex(RECORDS.at(-1)?.chain ?? new Uint8Array(0));
const MANIFEST = manifestOf('small', RECORDS.length, CHAIN, null);

async function* inBatches(records: readonly LogRecord[], size: number): AsyncGenerator<readonly LogRecord[]> {
  await Promise.resolve();
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size);
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function written(records = RECORDS, { size = 1000, manifest = MANIFEST, wasm = null as Uint8Array | null } = {}) {
  const pieces: Uint8Array[] = [];
  for await (const piece of writeBundle(manifest, inBatches(records, size), wasm)) pieces.push(piece);
  return joined(...pieces);
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

async function read(bytes: Uint8Array, size = 1 << 16): Promise<{ readonly records: LogRecord[]; readonly kinds: string[] }> {
  const pieces: BundlePiece[] = [];
  for await (const piece of readBundle(inPieces(bytes, size))) pieces.push(piece);
  const records = pieces.flatMap((piece) => (piece.kind === 'records' ? piece.records : []));
  return { records, kinds: pieces.map(({ kind }) => kind) };
}

function told({ position, body, chain, settled }: LogRecord): string {
  return `${position} ${toHex(body)} ${toHex(chain)} ${settled}`;
}

const readError = (bytes: Uint8Array): Promise<string> => read(bytes).then(() => 'nothing', String);

/** An archive of these files. */
function archive(...files: readonly [name: string, bytes: Uint8Array][]): Uint8Array {
  return joined(...files.map(([name, bytes]) => tarEntry({ name, bytes })), TAR_END);
}

describe('a bundle', () => {
  test('gives back every record, whatever the pieces that it comes in', async () => {
    expect(RECORDS.length).toBeGreaterThan(3);
    const bytes = await written();
    for (const size of [1, 511, 1 << 16]) {
      const { records } = await read(bytes, size);
      expect(records.map(told)).toEqual(RECORDS.map(told));
    }
  });

  test('has the same bytes whenever and by whomever its history was recorded', async () => {
    const later = RECORDS.map((record) => ({ ...record, recordedAtMs: 1_790_000_000_000, commandId: 'somebody' }));
    expect(await written(later, { size: 2 })).toEqual(await written());
  });

  test('may have been packed again: folders, extended headers and snapshots are passed over', async () => {
    const bytes = await written();
    const folder = tarEntry({ name: './', bytes: new Uint8Array(0) });
    const retyped = retype(folder, '5');
    const { kinds } = await read(
      joined(retyped, bytes.subarray(0, 1024), tarEntry({ name: 'snapshots/0000000002', bytes }), bytes.subarray(1024)),
    );
    expect(kinds).toEqual(['manifest', 'records']);
  });

  test('brings the data plane that the manifest names', async () => {
    const manifest = { ...MANIFEST, engine: '0.1.0+abc' };
    const { kinds } = await read(await written(RECORDS, { manifest, wasm: Uint8Array.of(0, 97, 115, 109) }));
    expect(kinds).toEqual(['manifest', 'engine', 'records']);
    expect(await readError(await written(RECORDS, { manifest }))).toContain(
      'engine.wasm: there is none; manifest.json names 0.1.0+abc',
    );
  });
});

/** An entry's header with another type, its sum made right again. */
function retype(entry: Uint8Array, type: string): Uint8Array {
  const changed = entry.slice();
  changed[156] = type.charCodeAt(0);
  changed.fill(0x20, 148, 156);
  const sum = changed.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  changed.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return changed;
}

describe('damage is named with its place', () => {
  const manifestFile: [string, Uint8Array] = ['manifest.json', encodeManifest(MANIFEST)];

  test.each([
    ['a file that was cut off', (bytes: Uint8Array) => bytes.subarray(0, 2000), /byte 1536: the file ends after/],
    ['an archive without an end', (bytes: Uint8Array) => bytes.subarray(0, -1024), /the archive has no end/],
    ['more behind the end', (bytes: Uint8Array) => joined(bytes, new Uint8Array(512).fill(1)), /something stands behind the end/],
    ['a header that fails its sum', (bytes: Uint8Array) => bytes.with(3, 0), /byte 0: expected the header of a file/],
    ['nothing at all', () => new Uint8Array(0), /byte 0: the archive has no end/],
    [
      'a link in the archive',
      () => joined(retype(tarEntry({ name: 'x', bytes: new Uint8Array(0) }), '2'), TAR_END),
      /an entry of type "2"/,
    ],
    ['no manifest', () => archive(), /manifest.json: there is none/],
    [
      'records before the manifest',
      () => archive(['records/0000000001', new Uint8Array(0)]),
      /expected manifest.json in front of it/,
    ],
    ['a file of no bundle', () => archive(manifestFile, ['x'.repeat(99), new Uint8Array(1)]), /expected no such file in a bundle/],
    [
      'a data plane that nobody names',
      () => archive(manifestFile, ['engine.wasm', new Uint8Array(4)]),
      /engine.wasm: expected no such file/,
    ],
    ['too few records', () => archive(manifestFile), /position 0: the records end there; manifest.json says/],
    [
      'a length without a record',
      () => archive(manifestFile, ['records/0000000001', Uint8Array.of(5, 1)]),
      /records\/0000000001, byte 0: the file ends inside a record/,
    ],
    [
      'no length',
      () => archive(manifestFile, ['records/0000000001', Uint8Array.of(255, 255, 255, 255, 255)]),
      /byte 0: expected the length of a record/,
    ],
    ['no record', () => archive(manifestFile, ['records/0000000001', Uint8Array.of(1, 1)]), /records\/0000000001, byte 1: /],
  ])('%s', async (_, damage, message) => {
    expect(await readError(damage(await written()))).toMatch(message);
  });

  test('a body that its chain does not follow from, with its position', async () => {
    const second = RECORDS[1];
    if (second === undefined) throw new Error('expected two records');
    const changed = RECORDS.with(1, { ...second, body: second.body.with(-1, (second.body.at(-1) ?? 0) ^ 1) });
    expect(await readError(await written(changed))).toContain('records/0000000001, position 2: its chain does not follow');
  });

  test('fewer records than the manifest says', async () => {
    expect(await readError(await written(RECORDS.slice(0, -1)))).toContain(
      `the records end there; manifest.json says ${RECORDS.length}`,
    );
  });

  test('another chain in the manifest than that of the records', async () => {
    const manifest = { ...MANIFEST, chain: '0'.repeat(64) };
    expect(await readError(await written(RECORDS, { manifest }))).toContain(`that of the records is ${CHAIN}`);
  });

  test('a file longer than any may be, before any of it is read', async () => {
    const header = tarEntry({ name: 'records/0000000001', bytes: new Uint8Array(0) });
    header.set(new TextEncoder().encode('77777777777'), 124);
    const bytes = joined(tarEntry({ name: manifestFile[0], bytes: manifestFile[1] }), retype(header, '0'));
    expect(await readError(bytes)).toMatch(/a file of 8589934591 bytes; expected at most/);
  });

  test('more bytes than a bundle may have, however few they were in the file', async () => {
    const source = new ByteSource(inPieces(new Uint8Array(100), 10), 64);
    await expect(source.take(100)).rejects.toThrow('byte 64: more than 64 bytes, inflated');
  });
});

describe('a manifest', () => {
  const decoded = (change: object): Manifest =>
    decodeManifest(new TextEncoder().encode(JSON.stringify({ ...MANIFEST, ...change })));

  test.each([
    [{ format: 'other' }, 'expected "format"'],
    [{ version: 0 }, 'expected "version": 1'],
    [{ lab: '' }, '"lab" to be the name of a lab'],
    [{ lab: 7 }, '"lab" to be the name of a lab'],
    [{ positions: 0 }, '"positions" to be a number from 1'],
    [{ positions: 1.5 }, '"positions" to be a number from 1'],
    [{ chain: 'abc' }, '"chain" to be 64 hexadecimal digits'],
    [{ engine: 3 }, '"engine" to be the identity of an engine'],
  ])('%j is refused', (change, message) => {
    expect(() => decoded(change)).toThrow(message);
  });

  test('of a later format says so: that is no damage', () => {
    expect(() => decoded({ version: 2 })).toThrow('the bundle has format 2; this version of Switchback reads format 1');
  });

  test('is JSON, and nothing else', () => {
    expect(() => decodeManifest(Uint8Array.of(0xff))).toThrow('it is no JSON');
    expect(() => decodeManifest(new TextEncoder().encode('null'))).toThrow('expected an object');
  });

  test('may have properties that this version does not know', () => {
    expect(decoded({ layout: {} })).toEqual(MANIFEST);
  });
});
