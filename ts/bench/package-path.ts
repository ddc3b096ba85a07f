import { fileURLToPath } from 'node:url';

/** A file of the package, such as "labs/split-brain.lab.yml": two folders up from source, three when built into dist/ts/bench. */
export function packagePath(path: string): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(`${up}${path}`, import.meta.url));
}
