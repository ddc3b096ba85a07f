/** The determinism rules of biome.json, proven to bite: each line of the sample is refused in each layer they guard. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PURE = ['ts/values', 'ts/wire', 'ts/model', 'ts/topology', 'ts/dataplane', 'ts/engine'];

const RULES = [
  'lint/correctness/noNodejsModules',
  'lint/nursery/noJsRestrictedProperties',
  'lint/style/noRestrictedGlobals',
  'lint/suspicious/noConsole',
];

const REFUSED = [
  "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
  "import { join } from 'path'; export const joined = join;",
  'export const now = Date.now();',
  'export const date = new Date();',
  'export const fast = performance.now();',
  'setTimeout(() => undefined, 1);',
  'setInterval(() => undefined, 1);',
  'setImmediate(() => undefined);',
  'queueMicrotask(() => undefined);',
  'export const chance = Math.random();',
  'export const { random } = Math;',
  'export const wave = Math.sin(1);',
  'export const key = crypto.getRandomValues(new Uint8Array(1));',
  'export const collator = new Intl.Collator();',
  "export const order = 'a'.localeCompare('b');",
  "export const orders = ['b', 'a'].sort((x, y) => x.localeCompare(y));",
  'export const text = (1).toLocaleString();',
  "export const upper = 'a'.toLocaleUpperCase();",
  'export const environment = process.env;',
  'export const bytes = Buffer.alloc(1);',
  'export const sly = globalThis.Date;',
  "console.log('x');",
];

const ALLOWED = [
  "import { parseMac } from './mac.ts';",
  'export const whole = Math.floor(1.5) + Math.max(1, 2) + Math.trunc(1.5);',
  "export const sorted = [parseMac('b'), parseMac('a')].sort((x, y) => (x === y ? 0 : 1));",
  'export const view = new DataView(new ArrayBuffer(8));',
];

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

const root = mkdtempSync(join(tmpdir(), 'switchback-lint-'));
let refused: ReadonlySet<string>;

beforeAll(() => {
  copyFileSync('biome.json', join(root, 'biome.json'));
  for (const folder of [...PURE, 'ts/cli']) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'refused.ts'), REFUSED.join('\n'));
    writeFileSync(join(root, folder, 'allowed.ts'), ALLOWED.join('\n'));
    writeFileSync(join(root, folder, 'refused.spec.ts'), REFUSED.join('\n'));
  }
  refused = new Set(lint().map(({ location }) => `${location.path.replaceAll('\\', '/')}:${location.start.line}`));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.each(PURE)('in %s', (folder) => {
  test.each(REFUSED.map((line, index) => [line, index + 1] as const))('%s is refused', (_, number) => {
    expect(refused).toContain(`${folder}/refused.ts:${number}`);
  });

  test('whole numbers, code point order and views are allowed', () => {
    expect([...refused].filter((at) => at.startsWith(`${folder}/allowed.ts`))).toEqual([]);
  });
});

test('the edges and specs are free', () => {
  expect([...refused].filter((at) => at.startsWith('ts/cli/') || at.includes('.spec.ts'))).toEqual([]);
});

function lint(): readonly Diagnostic[] {
  const biome = join(process.cwd(), 'node_modules/@biomejs/biome/bin/biome');
  const options = ['--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error'];
  const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', ...options, '.'], { cwd: root, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`biome gave no report: ${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
  return diagnostics.filter(({ category }) => RULES.includes(category));
}
