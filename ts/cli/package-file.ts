/** Files of the package that the command reads: docs, labs, its version. */
import { fileURLToPath } from 'node:url';

/** The path of a file of the package, such as "docs/rules.md": two folders up from source, three when built into dist/ts/cli. */
export function packageFile(path: string): string {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(`${up}${path}`, import.meta.url));
}
