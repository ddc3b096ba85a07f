/** Lab files that the arguments of a verb name. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from './errors.ts';

const ENDING = '.lab.yml';

/**
 * A directory stands for the lab files in it, by name; those of directories within are not among them.
 * @throws CliError for a directory without any
 */
export function labFilesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(ENDING));
    if (names.length === 0) throw new CliError(EXIT.usage, `${path} has no lab file; their names end with ${ENDING}`);
    return names.sort().map((name) => join(path, name));
  });
}
