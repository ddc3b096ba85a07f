/** The built page: its files lie in dist/page (scripts/page.ts), but for the data plane, which is the one that Node runs. */
import { existsSync, readFileSync } from 'node:fs';
import { dataplaneWasm } from '../engine/host.ts';

export const PAGE_FILES = {
  html: 'index.html',
  css: 'page.css',
  script: 'page.js',
  worker: 'worker.js',
  /** What each rule says, as a page of its own. */
  rules: 'rules.html',
  /** Which rules there are to each event and to each reason of drops. */
  ruleNames: 'rules.json',
  licences: 'licences.txt',
  /** All of that and the data plane in one file. */
  single: 'switchback.html',
} as const;

export type PageTexts = Readonly<Record<keyof typeof PAGE_FILES, string>>;

export interface PageFiles extends PageTexts {
  readonly wasm: Uint8Array;
}

/** Beside the built layers; from source, in the build. */
const PLACES = ['../../../page/', '../../../dist/page/'];

/** Null when the page has not been built. @param folder where it was built, if not in the build */
export function readPageFiles(folder: URL | null = null): PageFiles | null {
  const place =
    folder ?? PLACES.map((path) => new URL(path, import.meta.url)).find((one) => existsSync(new URL('index.html', one)));
  if (place === undefined) return null;
  const texts = Object.entries(PAGE_FILES).map(([part, name]) => [part, readFileSync(new URL(name, place), 'utf8')]);
  return { ...(Object.fromEntries(texts) as PageTexts), wasm: dataplaneWasm() };
}
