/** The smallest forwarder is compiled and run as its page says, and prints what the page shows. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const FOLDER = 'examples/two-port-forwarder';
const page = readFileSync(`${FOLDER}/README.md`, 'utf8');

/** The first block of the page in a language. */
function block(language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

describe('the two-port forwarder', () => {
  test('prints what its page shows, when it is built and run by the commands of its page', () => {
    const path = `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH']}`;
    // Without npx, which only finds the compiler that the path has anyway.
    const commands = block('sh').replace(/^npx /gm, '');
    expect(commands).toMatch(/^asc .*\nnode /);
    const output = execFileSync('sh', ['-e', '-c', commands], { encoding: 'utf8', env: { ...process.env, PATH: path } });
    expect(output).toBe(block('text'));
  });

  test.each(['forwarder.ts', 'run.mjs'])('%s is under 100 lines', (file) => {
    expect(readFileSync(`${FOLDER}/${file}`, 'utf8').split('\n').length).toBeLessThanOrEqual(100);
  });
});
