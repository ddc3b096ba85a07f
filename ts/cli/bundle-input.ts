/** Bundles that people name on the command line; `-` is standard input. */
import { accessSync, constants } from 'node:fs';
import { type BundleSource, bytesOf, type OpenBytes } from '../services/bundle/file/bundle-file.ts';
import { CliError, EXIT } from './errors.ts';
import { readInput, unreadable } from './input-file.ts';

/** Standard input may be asked for twice, so it is held: no more of it than this. */
const STDIN_BYTES_MAX = 256 << 20;

/** The bytes of a bundle. @throws CliError when there is no such file, or standard input is longer than a bundle may be there. */
export function openBundle(path: string): OpenBytes {
  return bytesOf(bundleSource(path));
}

/** Where a bundle lies. @throws as `openBundle` */
export function bundleSource(path: string): BundleSource {
  if (path === '-') {
    const bytes = readInput('-', STDIN_BYTES_MAX);
    if (bytes.length > STDIN_BYTES_MAX)
      throw new CliError(EXIT.usage, `standard input has more than ${STDIN_BYTES_MAX} bytes: name a file`);
    return { bytes };
  }
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw unreadable(path, error);
  }
  return { file: path };
}
