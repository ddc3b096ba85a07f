/** The built page: its files lie in dist/page (scripts/page.ts), but for the data plane, which is the one that Node runs. */
import { existsSync, readFileSync } from 'node:fs';
import { dataplaneWasm } from '../engine/host.ts';
import type { PageFiles } from './single-file.ts';

/** Beside the built layers; from source, in the build. */
const PLACES = ['../../../page/', '../../../dist/page/'];

/** Null when the page has not been built. @param folder where it was built, if not in the build */
export function readPageFiles(folder: URL | null = null): PageFiles | null {
  const place =
    folder ?? PLACES.map((path) => new URL(path, import.meta.url)).find((one) => existsSync(new URL('index.html', one)));
  if (place === undefined) return null;
  const text = (name: string): string => readFileSync(new URL(name, place), 'utf8');
  return {
    html: text('index.html'),
    css: text('page.css'),
    script: text('page.js'),
    worker: text('worker.js'),
    wasm: dataplaneWasm(),
    rules: text('rules.html'),
    eventRules: text('rules.json'),
    licences: text('licences.txt'),
  };
}
