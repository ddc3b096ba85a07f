/** Vitest's JSON reports: which tests a run had, which passed, and whether the run was whole. */
import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** A test of a run. */
export interface Ran {
  /** From the root: "test/rules/ha.spec.ts". */
  readonly file: string;
  /** Its suites and its own name: "losing the peer > HA-03: …". */
  readonly title: string;
  readonly status: string;
  /** Whether it played a lab (test/support/played.ts). */
  readonly playsLab: boolean;
}

/** Several reports as one run. */
export interface RunReport {
  readonly tests: readonly Ran[];
  /** What keeps the run from proving anything: suites that were skipped, failed or could not be loaded. */
  readonly faults: readonly string[];
}

/** What vitest's JSON reporter writes, as far as it matters here. */
interface RawReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly meta?: { readonly playsLab?: boolean };
    }[];
  }[];
}

/** @param root folder that the files of the reports lie in. */
export function readReports(root: string, paths: readonly string[]): RunReport {
  const raw = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as RawReport);
  return runOf(root, raw, specFiles(root));
}

/** `specs`: every spec that the run must have had. A spec that is in several reports counts as the last one has it. */
export function runOf(root: string, reports: readonly RawReport[], specs: readonly string[]): RunReport {
  const all = reports.flatMap(({ testResults }) => testResults).map((file) => ({ ...file, path: relative(root, file.name) }));
  const files = [...new Map(all.map((file) => [file.path, file])).values()];
  const tests = files.flatMap(({ path, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status, meta }) => ({
      file: path,
      title: [...ancestorTitles.filter((name) => name !== ''), title].join(' > '),
      status,
      playsLab: meta?.playsLab === true,
    })),
  );
  // Vitest lists files in the order that was fastest last time; what is made of them must not depend on it.
  tests.sort((a, b) => compare(a.file, b.file));
  const ran = new Set(files.map(({ path }) => path));
  const faults = [
    ...specs.filter((spec) => !ran.has(spec)).map((spec) => `${spec}: was not part of the run`),
    ...files
      .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'))
      .map(({ path, message }) => `${path}: ${message.split('\n')[0]}`),
    ...tests.filter(({ status }) => status !== 'passed').map(({ file, title, status }) => `${file} > ${title}: ${status}`),
  ];
  return { tests, faults };
}

/** The specs of `npm test` (vitest.config.ts). */
function specFiles(root: string): readonly string[] {
  return ['ts', 'test', 'scripts'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.spec.ts'))
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .sort(compare),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Tests by their place, "file > title"; a title may have "*" for any text. */
export class TestIndex {
  readonly #byPlace = new Map<string, Ran>();
  readonly #byFile = new Map<string, Ran[]>();

  constructor(tests: readonly Ran[]) {
    for (const test of tests) {
      this.#byPlace.set(`${test.file} > ${test.title}`, test);
      const others = this.#byFile.get(test.file);
      if (others === undefined) this.#byFile.set(test.file, [test]);
      else others.push(test);
    }
  }

  /** All tests of a place; none when it is lost. */
  at(place: string): readonly Ran[] {
    if (!place.includes('*')) {
      const found = this.#byPlace.get(place);
      return found === undefined ? [] : [found];
    }
    const [file = '', ...rest] = place.split(' > ');
    const parts = rest.join(' > ').split('*');
    const pattern = new RegExp(`^${parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')}$`);
    return (this.#byFile.get(file) ?? []).filter(({ title }) => pattern.test(title));
  }
}
