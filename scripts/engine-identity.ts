/**
 * The engine's identity: SHA-256 over the data plane's wasm, the built browser-safe layers and the package version. Two
 * engines with one identity must agree on every checkpoint; with different ones, checkpoints are not compared.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Layers that decide what happens in a lab; test/layers.spec.ts holds the list to the one of layers. */
export const DECIDING_FOLDERS: readonly string[] = ['asm', 'ts/values', 'ts/wire', 'ts/model', 'ts/dataplane', 'ts/engine'];
const GENERATED = ['gen/dataplane/dataplane.core.wasm', 'gen/dataplane/dataplane.js', 'gen/proto/events.js', 'gen/events/kinds.js'];

/** Every JavaScript file of the layers that decide, and what they run, in path order. */
function engineFiles(dist: string): string[] {
  const files = DECIDING_FOLDERS.flatMap((layer) =>
    readdirSync(join(dist, layer), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => `${layer}/${name.replaceAll('\\', '/')}`),
  );
  return [...files, ...GENERATED].sort();
}

/** Writes engine-identity.json beside what it identifies. */
export function writeEngineIdentity(dist = join(ROOT, 'dist')): void {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const hash = createHash('sha256').update(version);
  for (const file of engineFiles(dist)) hash.update(`\n${file}\n`).update(readFileSync(join(dist, file)));
  const identity = `${version}+${hash.digest('hex').slice(0, 16)}`;
  writeFileSync(join(dist, 'engine-identity.json'), `${JSON.stringify({ identity }, null, 2)}\n`);
  console.log(`engine: ${identity}`);
}
