/**
 * Bundles that somebody changed: a byte here, a piece there, before or after they were compressed, or with every chain made to fit again.
 * Whatever comes, it is damage with its place or a verdict, never a crash, and only the recorded history is ever "verified".
 *
 * BUNDLE_MUTANTS=2000 tries more of them; BUNDLE_SEED=n others.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BundleDamaged, BundleNewer } from '../../ts/bundle/bundle-errors.ts';
import { ByteSource } from '../../ts/bundle/byte-source.ts';
import { manifestOf } from '../../ts/bundle/manifest.ts';
import { isSnapshotPart } from '../../ts/bundle/snapshot-parts.ts';
import { readTar, TAR_END, type TarFile, tarEntry } from '../../ts/bundle/tar.ts';
import { writeBundle } from '../../ts/bundle/write-bundle.ts';
import { courseOfInputs } from '../../ts/debug/course.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { createMemorySnapshots } from '../../ts/log/memory-snapshots.ts';
import { CHAIN_START, nextChain, toHex } from '../../ts/model/events/chain.ts';
import { bodyType, encodeBody } from '../../ts/model/events/codec.ts';
import { EVENT_KINDS } from '../../ts/model/events/events.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { type StateAt, stateAt } from '../../ts/services/ask/state-at.ts';
import { exportLab } from '../../ts/services/bundle/export-lab.ts';
import { gzipped, heldBytes } from '../../ts/services/bundle/file/bundle-file.ts';
import { importLab } from '../../ts/services/bundle/import-lab.ts';
import { verifyBundle } from '../../ts/services/bundle/verify-bundle.ts';
import { recordCourse } from '../../ts/services/debug/record-course.ts';
import { nanos } from '../../ts/values/nanos.ts';
import { recordsOf, switchedHosts } from '../support/recorded-lab.ts';

const RUNS = Number(process.env['BUNDLE_MUTANTS'] ?? 60);
/** With snapshots each is verified, imported and asked. */
const SNAPSHOT_RUNS = 'BUNDLE_MUTANTS' in process.env ? RUNS : 15;
const SEED = Number(process.env['BUNDLE_SEED'] ?? 1);
/** What reading may hold beside the bundle itself, in bytes. */
const MEMORY_MAX = 256 << 20;

const LAB_FILE = switchedHosts(`steps:
  - { at: 300ms, run: link down b:eth0 }
  - { at: 500ms, run: link up b:eth0 }
duration: 1s
`);
const RECORDS = recordsOf(LAB_FILE);

async function bundleOf(records: readonly LogRecord[]): Promise<Buffer> {
  async function* batches(): AsyncGenerator<readonly LogRecord[]> {
    yield await Promise.resolve(records);
  }
  const manifest = manifestOf('small', records.length, toHex(records.at(-1)?.chain ?? CHAIN_START), null);
  const pieces: Uint8Array[] = [];
  for await (const piece of gzipped(writeBundle(manifest, batches()))) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The chain that a bundle is verified with; null for one that is refused or refuted. @throws what no bundle may cause */
async function verifiedChain(bytes: Uint8Array): Promise<string | null> {
  try {
    const { verification } = await verifyBundle(heldBytes(bytes));
    return verification.verified ? verification.chain : null;
  } catch (error) {
    if (!(error instanceof BundleDamaged || error instanceof BundleNewer)) throw error;
    expect(error.message).not.toMatch(/\n|undefined|\[object/);
    return null;
  }
}

/** A change of some bytes, at a place between 0 and 1. */
type Change = { readonly place: number } & (
  | { readonly how: 'flip'; readonly bit: number }
  | { readonly how: 'set'; readonly value: number }
  | { readonly how: 'cut' }
  | { readonly how: 'remove' | 'repeat'; readonly length: number }
);

const PLACE = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const CHANGE: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ how: fc.constant('flip' as const), place: PLACE, bit: fc.nat(7) }),
  fc.record({ how: fc.constant('set' as const), place: PLACE, value: fc.nat(255) }),
  fc.record({ how: fc.constant('cut' as const), place: PLACE }),
  fc.record({ how: fc.constantFrom('remove' as const, 'repeat' as const), place: PLACE, length: fc.integer({ min: 1, max: 600 }) }),
);

function changed(bytes: Buffer, change: Change): Buffer {
  if (bytes.length === 0) return bytes;
  const at = Math.floor(change.place * bytes.length);
  const copy = Buffer.from(bytes);
  switch (change.how) {
    case 'flip':
      copy.writeUInt8((bytes[at] ?? 0) ^ (1 << change.bit), at);
      return copy;
    case 'set':
      copy.writeUInt8(change.value, at);
      return copy;
    case 'cut':
      return copy.subarray(0, at);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at + change.length), bytes.subarray(at)]);
  }
}

/** The records with every chain made to fit again. */
function chainedAnew(records: readonly LogRecord[]): LogRecord[] {
  let chain = CHAIN_START;
  return records.map((record) => {
    chain = nextChain(chain, record.body);
    return { ...record, chain };
  });
}

test('a changed bundle is damaged, refuted, or still the history that was recorded', { timeout: 600_000 }, async () => {
  const bundle = await bundleOf(RECORDS);
  const archive = gunzipSync(bundle);
  const chain = await verifiedChain(bundle);
  expect(chain).toBe(toHex(RECORDS.at(-1)?.chain ?? CHAIN_START));
  const before = process.memoryUsage().rss;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(CHANGE, { minLength: 1, maxLength: 3 }), fc.boolean(), async (changes, isInside) => {
      const mutant = changes.reduce(changed, isInside ? archive : bundle);
      const found = await verifiedChain(isInside ? gzipSync(mutant, { level: 1 }) : mutant);
      if (found === null) refused++;
      else expect(found).toBe(chain);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // Some bytes say nothing: blanks in the manifest, zeros behind a file.
  expect(refused).toBeGreaterThan(RUNS / 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_MAX);
});

test('an outcome that was changed, with every chain made to fit, is never verified', { timeout: 600_000 }, async () => {
  const outcomes = RECORDS.flatMap(({ body }, i) => (EVENT_KINDS[bodyType(body)] === 'outcome' ? [i] : []));
  expect(outcomes.length).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...outcomes), PLACE, fc.nat(7), async (index, place, bit) => {
      const records = RECORDS.map((record, i) =>
        i === index ? { ...record, body: changed(Buffer.from(record.body), { how: 'flip', place, bit }) } : record,
      );
      expect(await verifiedChain(await bundleOf(chainedAnew(records)))).toBeNull();
    }),
    { numRuns: Math.ceil(RUNS / 4), seed: SEED },
  );
});

test('a changed bundle with snapshots is damaged, refuted, or verified, and what is imported answers as recorded', {
  timeout: 1_200_000,
}, async () => {
  const { bundle, files, end, chain, log } = await withSnapshots();
  const archive = gunzipSync(bundle);
  const expected = await stateAt(log, 'small', { position: end });
  const parts = files.filter(({ name }) => isSnapshotPart(name));
  expect(parts.length).toBeGreaterThan(1);
  /** A snapshot, changed in a file that is sound, is left out alone. */
  const withPart = (index: number, changes: readonly Change[]): Buffer => {
    const bytes = ({ name, bytes: own }: TarFile): Uint8Array =>
      name === parts[index]?.name ? changes.reduce(changed, Buffer.from(own)) : own;
    return Buffer.concat([...files.map((file) => tarEntry({ ...file, bytes: bytes(file) })), TAR_END]);
  };
  const counts = { refused: 0, answered: 0 };
  const before = process.memoryUsage().rss;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('bundle', 'archive', ...parts.keys()),
      fc.array(CHANGE, { minLength: 1, maxLength: 3 }),
      async (where, changes) => {
        const tar = typeof where === 'number' ? withPart(where, changes) : changes.reduce(changed, archive);
        const mutant = where === 'bundle' ? changes.reduce(changed, bundle) : gzipSync(tar, { level: 1 });
        const found = await verifiedChain(mutant);
        if (found !== null) expect(found).toBe(chain);
        const answer = await importedAnswer(mutant, end);
        if (answer === null) counts.refused++;
        else {
          counts.answered++;
          expect(answer).toEqual({ ...expected, lab: answer.lab });
        }
        if (typeof where === 'number') expect(answer).not.toBeNull();
      },
    ),
    { numRuns: SNAPSHOT_RUNS, seed: SEED },
  );
  expect(counts.refused).toBeGreaterThan(SNAPSHOT_RUNS / 10);
  expect(counts.answered).toBeGreaterThan(SNAPSHOT_RUNS / 4);
  expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_MAX);
});

/** What an import answers about its end; null for a bundle that is refused, of which nothing is left. @throws what no bundle may cause */
async function importedAnswer(bundle: Uint8Array, end: number): Promise<StateAt | null> {
  const [log, snapshots] = [openMemoryLog(), createMemorySnapshots()];
  try {
    const { lab, snapshots: taken } = await importLab(log, heldBytes(bundle), { snapshots });
    for (const why of taken?.leftOut ?? []) expect(why).toMatch(/^snapshots\/[^\n]+: [^\n]+$/);
    return await stateAt(log, lab, { position: end }, { snapshots });
  } catch (error) {
    if (!(error instanceof BundleDamaged || error instanceof BundleNewer)) throw error;
    expect(error.message).not.toMatch(/\n|undefined|\[object/);
    expect(await log.labs()).toEqual([]);
    return null;
  }
}

/** A recorded lab with checkpoints, its bundle with snapshots, and the files of that. */
async function withSnapshots() {
  const log = openMemoryLog();
  const { lab, script } = LAB_FILE;
  await recordCourse(log, 'small', courseOfInputs(scriptInputs(lab, script)));
  const pieces: Uint8Array[] = [];
  const { positions: end, chain } = await exportLab(log, 'small', (piece) => pieces.push(piece), { withSnapshots: true });
  const files: TarFile[] = [];
  const bundle = Buffer.concat(pieces);
  const archive = heldBytes(gunzipSync(bundle));
  for await (const file of readTar(new ByteSource(archive(), 2 ** 30), 2 ** 25)) files.push(file);
  return { log, end, chain, bundle, files };
}

test.each(['', 'null', '[]', '{}', '{"nodes":1}', '{"nodes":[{}],"interfaces":[{}],"links":[{}]}'])(
  'a lab defined as %j is damage at position 1, however well it is chained',
  async (definition) => {
    const data = { definition, pacePermille: 0 };
    const body = encodeBody({ type: 'LabDefined', position: 1, atNs: nanos(0), cause: 0, data });
    const first = RECORDS[0];
    if (first === undefined) throw new Error('expected a record');
    const bundle = await bundleOf(chainedAnew([{ ...first, body }, ...RECORDS.slice(1)]));
    await expect(verifyBundle(heldBytes(bundle))).rejects.toThrow(
      /^bundle damaged: position 1: this engine cannot re-execute it: ./,
    );
  },
);
