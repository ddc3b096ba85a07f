/**
 * Every verb has its page in docs/cli, and the page quotes the verb's own help, word for word. After a change of the help,
 * UPDATE_DOCS=1 npx vitest run test/cli/docs.spec.ts writes it into the pages.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { switchback } from './switchback.ts';

const PAGES = 'docs/cli';
const QUOTE = /<!-- help -->\n```text\n([\s\S]*?)```\n/;

const help = switchback(['--help']).stdout;
const verbs = [...help.matchAll(/^ {2}(\w+) .*?(?:<|\[)/gm)].map(([, verb]) => verb ?? '').filter((verb) => verb !== 'help');

test('every verb has a page, and every page a verb', () => {
  const pages = readdirSync(PAGES).filter((name) => name !== 'README.md');
  expect(pages.sort()).toEqual(verbs.map((verb) => `${verb}.md`).sort());
  const index = readFileSync(join(PAGES, 'README.md'), 'utf8');
  for (const verb of verbs) expect(index).toContain(`[${verb}](${verb}.md)`);
});

describe('the page quotes the help of', () => {
  test.each(verbs)('%s', (verb) => {
    const file = join(PAGES, `${verb}.md`);
    const page = readFileSync(file, 'utf8');
    const { stdout } = switchback([verb, '--help']);
    if (process.env['UPDATE_DOCS'] !== undefined)
      writeFileSync(file, page.replace(QUOTE, `<!-- help -->\n\`\`\`text\n${stdout}\`\`\`\n`));
    expect(QUOTE.exec(readFileSync(file, 'utf8'))?.[1]).toBe(stdout);
  });
});
