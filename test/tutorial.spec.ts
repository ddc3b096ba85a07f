/** The tutorial is a program: its files are written, its commands run, and what they print is what the page says. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const BIN = fileURLToPath(new URL('../dist/ts/cli/bin.js', import.meta.url));
const PAGE = readFileSync(new URL('../docs/tutorial.md', import.meta.url), 'utf8');
const dir = mkdtempSync(join(tmpdir(), 'switchback-tutorial-'));

afterAll(() => rmSync(dir, { recursive: true }));

interface Said {
  readonly command: string;
  readonly lines: readonly string[];
}

function blocks(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
}

/** The commands of a console block, each with the lines printed below it. */
function conversation(block: string): Said[] {
  const said: { command: string; lines: string[] }[] = [];
  for (const line of block.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) said.push({ command: line.slice(2), lines: [] });
    else said.at(-1)?.lines.push(line);
  }
  return said;
}

/** A line "…" stands for any lines, "…" inside a line for any text. */
function asPattern(lines: readonly string[]): RegExp {
  const escaped = lines.map((line) =>
    line === '…' ? '(?:.*\\n)*?' : `${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')}\\s*\\n`,
  );
  return new RegExp(`^${escaped.join('')}${lines.at(-1) === '…' ? '' : '$'}`);
}

test('every command of the tutorial prints what the tutorial says', { timeout: 180_000 }, () => {
  const [lab = ''] = blocks('yaml');
  writeFileSync(join(dir, 'first.lab.yml'), lab);
  const shipped = 'garp-blocked-by-arp-inspection.lab.yml';
  copyFileSync(fileURLToPath(new URL(`../labs/${shipped}`, import.meta.url)), join(dir, shipped));
  let lastCode = 0;
  for (const { command, lines } of blocks('console').flatMap(conversation)) {
    if (command === 'echo $?') {
      expect(String(lastCode), command).toBe(lines[0]);
      continue;
    }
    const [program, ...args] = command.split(' ');
    expect(program).toBe('switchback');
    const { stdout, status } = spawnSync(process.execPath, [BIN, ...args], { cwd: dir, encoding: 'utf8' });
    lastCode = status ?? -1;
    expect(stdout, command).toMatch(asPattern(lines));
  }
});
