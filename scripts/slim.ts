/**
 * What a build leaves out of dist/, because no installation reads it: declarations that no public declaration reaches, and the blanks and
 * long names of the two largest generated modules. scripts/consumer.ts states the package's size.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformSync } from 'esbuild';

/** Generated modules of more than 0.5 MB each, half of it indentation. */
const DENSE = ['gen/dataplane/dataplane.js', 'gen/proto/events.js'];

/** Slims a built folder. @param entries paths of the package's public declarations, relative to the folder */
export function slim(dist: string, entries: readonly string[]): void {
  const public_ = reachable(dist, entries);
  for (const name of readdirSync(join(dist, 'ts'), { recursive: true, encoding: 'utf8' })) {
    const file = join('ts', name);
    if (file.endsWith('.d.ts') && !public_.has(file)) rmSync(join(dist, file));
  }
  for (const file of DENSE) {
    const path = join(dist, file);
    // Lines stay short enough for a stack trace to point at something.
    writeFileSync(path, transformSync(readFileSync(path, 'utf8'), { minify: true, target: 'node20', lineLimit: 160 }).code);
  }
}

/** Declarations that these import, directly or through others, themselves included. @throws Error when an entry is not there */
function reachable(dist: string, entries: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, target = ''] of readFileSync(join(dist, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
      const declaration = join(dirname(file), target).replace(/\.[jt]s$/, '.d.ts');
      if (existsSync(join(dist, declaration))) open.push(declaration);
    }
  }
  return seen;
}
