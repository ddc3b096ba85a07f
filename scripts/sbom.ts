/**
 * The bill of materials of an installation, dist/sbom.cdx.json (CycloneDX 1.5, made by `npm sbom` from the lock file), and the check of
 * its licences. `prepack` writes it, so every tarball has it; the same lock file gives the same bytes.
 *
 *   npm run sbom
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE = 'dist/sbom.cdx.json';

/**
 * Licences whose terms an installation of this package keeps by keeping their texts, as npm does. EPL-2.0 asks besides for the source of what
 * is changed: elkjs is installed unchanged, and docs/dependencies.md says where its source is.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'EPL-2.0 OR GPL-3.0-or-later',
  'ISC',
  'MIT',
  '0BSD',
]);

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly (
    | { readonly license: { readonly id?: string; readonly name?: string } }
    | { readonly expression: string }
  )[];
}

export interface Bom {
  readonly bomFormat: string;
  readonly components: readonly Component[];
  readonly [key: string]: unknown;
}

/** The packages whose licence is unknown or not allowed, one line each. */
export function licenceFaults(components: readonly Component[]): readonly string[] {
  return components.flatMap(({ name, version, licenses = [] }) => {
    const ids = licenses.map((one) => ('expression' in one ? one.expression : (one.license.id ?? one.license.name ?? '')));
    const isAllowed = ids.length > 0 && ids.every((id) => ALLOWED.has(id));
    return isAllowed ? [] : [`${name}@${version}: licence ${ids.join(', ') || 'unknown'}; allowed are ${[...ALLOWED].join(', ')}`];
  });
}

/** What `npm sbom` says of the lock file, without the number and the time of this very run. @throws Error when npm fails */
export function readBom(): Bom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`npm sbom failed:\n${stderr}`);
  const {
    serialNumber: _,
    metadata,
    ...bom
  } = JSON.parse(stdout) as Bom & {
    readonly metadata: { readonly timestamp: string; readonly component: object };
  };
  const { timestamp: __, ...lasting } = metadata;
  // npm takes the name from the folder.
  return { ...bom, metadata: { ...lasting, component: { ...lasting.component, name: 'switchback-lab' } } };
}

function main(): number {
  const bom = readBom();
  const faults = licenceFaults(bom.components);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) return 1;
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(bom, null, 2)}\n`);
  // To stderr: the output of `npm pack --json` is JSON.
  console.error(`${FILE}: ${bom.components.length} packages, licences allowed`);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main();
