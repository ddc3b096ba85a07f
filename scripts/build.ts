/**
 * Builds everything from source into gen/ and dist/: drop reasons, protobuf code, the data plane, the schema, and the
 * JavaScript of the command line. `npm ci` runs it (`prepare`), so the command works right after.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDataplane } from './dataplane.ts';
import { buildDropReasons } from './drop-reasons.ts';
import { writeEngineIdentity } from './engine-identity.ts';
import { buildProto } from './proto.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Compiles ts/ into dist/, beside the generated code it imports. */
function compileTypeScript(): void {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('tsc failed');
  cpSync(join(ROOT, 'gen'), join(ROOT, 'dist/gen'), { recursive: true });
}

await buildDropReasons();
await buildProto();
await buildDataplane();
compileTypeScript();
writeEngineIdentity();
