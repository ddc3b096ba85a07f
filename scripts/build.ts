/**
 * Builds everything from source into gen/ and dist/: drop reasons, protobuf code, the data plane, the schema, and the
 * JavaScript of the command line. `npm ci` runs it (`prepare`), so the command works right after.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDataplane } from './dataplane.ts';
import { buildDropReasons } from './drop-reasons.ts';
import { writeEngineIdentity } from './engine-identity.ts';
import { buildProto } from './proto.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Compiles ts/ into dist/, beside the generated code it imports; aside first, so that nobody runs half a build. */
function compileTypeScript(): void {
  const place = join(ROOT, 'dist');
  const out = join(ROOT, 'dist.new');
  rmSync(out, { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', out], { stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc failed');
  cpSync(join(ROOT, 'gen'), join(out, 'gen'), { recursive: true });
  writeEngineIdentity(out);
  rmSync(place, { recursive: true, force: true });
  renameSync(out, place);
}

await buildDropReasons();
await buildProto();
await buildDataplane();
compileTypeScript();
