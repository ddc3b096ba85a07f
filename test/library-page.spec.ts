/** docs/library.md and the README show the examples of the library as they are, and the examples print what the pages show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { builtReference, reference, withReference } from '../scripts/library-page.ts';

const FOLDER = 'examples/library';
const text = (path: string): string => readFileSync(path, 'utf8');
const examples = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
const outputs = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

/** The blocks of a page in a language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block);
}

afterEach(() => {
  vi.restoreAllMocks();
});

test('docs/library.md shows every example and every output, and no other program', () => {
  const [page] = text('docs/library.md').split('## Reference');
  const of = (names: readonly string[]): string[] => names.map((name) => text(join(FOLDER, name)));
  expect(blocks(page ?? '', 'ts').sort()).toEqual(of(examples).sort());
  expect(blocks(page ?? '', 'text').sort()).toEqual(of(outputs).sort());
});

test('the README shows the first of them', () => {
  const part = text('README.md').split('## In your programs')[1]?.split('\n## ')[0] ?? '';
  expect(blocks(part, 'ts')).toEqual([text(join(FOLDER, 'failover.ts'))]);
  expect(blocks(part, 'text')).toEqual([text(join(FOLDER, 'failover.txt'))]);
});

test.each(outputs.map((name) => name.slice(0, -'.txt'.length)))('%s prints what the page shows', async (name) => {
  const printed: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(`${line}\n`));
  const args = process.argv.splice(2);
  try {
    const file = resolve(FOLDER, `${name}.ts`);
    await import(/* @vite-ignore */ file);
  } finally {
    process.argv.push(...args);
  }
  expect(printed.join('')).toBe(text(join(FOLDER, `${name}.txt`)));
});

test('the reference is the declarations of what the package gives', () => {
  const page = text('docs/library.md');
  expect(withReference(page, builtReference()) === page).toBe(true);
  for (const name of ['Lab', 'LabBuilder', 'LabInvalid', 'EventFilter', 'FlowReport', 'loadDataplane', 'LabMatchers']) {
    expect(page).toContain(`\n#### ${name}\n`);
  }
  expect(page).not.toMatch(/#private|protected /);
});

test('a declaration is shown with its comment and those of its members, without what is private', () => {
  const files: Readonly<Record<string, string>> = {
    'ts/library/index.ts': "export { A } from './a.ts';\nexport type { T } from './a.ts';\n",
    'ts/library/browser.ts': "export { A } from './a.ts';\n",
    'ts/library/vitest.ts': '',
    'ts/library/a.ts':
      '/** Of T. */\nexport type T = {\n    a: () => string;\n} | null;\n/** Of A. */\nexport declare class A {\n    #private;\n    /** Hidden. */\n    protected b(): T;\n    /** Of c. */\n    c(): T;\n}\n',
  };
  const shown = reference((file) => files[file] ?? '');
  expect(shown).toContain('#### A\n\n```ts\n/** Of A. */\nexport class A {\n    /** Of c. */\n    c(): T;\n}\n```');
  expect(shown).toContain('#### T\n\n```ts\n/** Of T. */\nexport type T = {\n    a: () => string;\n} | null;\n```');
  expect(shown.match(/#### A\n/g)).toHaveLength(1);
});
