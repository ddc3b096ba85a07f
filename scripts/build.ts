/**
 * Builds everything from source into gen/ and dist/: drop reasons, protobuf code, the events' types, the data plane, the schema, the types of the API's client, the
 * JavaScript of the command line, and the page. `npm ci` in a clone runs it (`dependencies`), and so does every script that needs what is built
 * (`predemo` and its like), where it is stale.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeEngineIdentity } from './engine-identity.ts';
import { joinLayers } from './join.ts';
import { writeLibraryPage } from './library-page.ts';
import { slim } from './slim.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The types that package.json exports. */
const PUBLIC_DECLARATIONS = ['ts/library/index.d.ts', 'ts/library/browser.d.ts', 'ts/library/vitest.d.ts'];

/** Compiles ts/ into dist/, beside the generated code it imports; aside first, so that nobody runs half a build. */
async function compileTypeScript(): Promise<void> {
  const place = join(ROOT, 'dist');
  const out = join(ROOT, 'dist.new');
  rmSync(out, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const emit = (...options: string[]) => {
    const args = [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', out, ...options];
    if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) throw new Error('tsc failed');
  };
  // Docstrings belong into the declarations; in the JavaScript they are a tenth of the package.
  emit('--emitDeclarationOnly');
  emit('--noCheck', '--declaration', 'false', '--removeComments', '--sourceMap', 'false');
  cpSync(join(ROOT, 'gen'), join(out, 'gen'), { recursive: true });
  // npm makes it executable when it links it, and not again after a build.
  chmodSync(join(out, 'ts/cli/bin.js'), 0o755);
  slim(out, PUBLIC_DECLARATIONS);
  writeEngineIdentity(out);
  await joinLayers(out);
  writeLibraryPage(out);
  // It is read only here: it imports what was generated above.
  const { buildPage, identityIn } = await import('./page.ts');
  await buildPage(join(out, 'page'), identityIn(out));
  rmSync(place, { recursive: true, force: true });
  renameSync(out, place);
}

/** What the build is made of: a change of any of these makes dist/ stale. */
const SOURCES = ['asm', 'ts', 'proto', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const STAMP = join(ROOT, 'dist/build-stamp');

/** SHA-256 over the names and bytes of all sources. */
function sourcesHash(): string {
  const hash = createHash('sha256').update(process.version.split('.')[0] ?? '');
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const names = statSync(path).isFile() ? [''] : readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names) {
      const file = join(path, name);
      if (statSync(file).isFile()) hash.update(`\n${source}/${name}\n`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

// npm runs `dependencies` whenever it changes one; a fresh build need not be made twice.
const wanted = sourcesHash();
if (process.argv.includes('--if-stale') && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) {
  console.log('dist/ is up to date');
} else {
  // The compilers take seconds to load, so only a build that needs them loads them.
  const { buildDropReasons } = await import('./drop-reasons.ts');
  const { buildProto } = await import('./proto.ts');
  const { buildEvents } = await import('./events.ts');
  const { buildDataplane } = await import('./dataplane.ts');
  const { buildApiClient } = await import('./api-client.ts');
  await buildDropReasons();
  await buildProto();
  await buildEvents();
  await buildDataplane();
  await buildApiClient();
  await compileTypeScript();
  writeFileSync(STAMP, wanted);
}
