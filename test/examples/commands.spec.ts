/** The commands on the pages of examples/ print what the pages show. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../cli/switchback.ts';
import { playsLab } from '../support/played.ts';

const FOLDER = 'examples';
/** Those that have a test of their own. */
const OTHERS: ReadonlySet<string> = new Set(['library', 'two-port-forwarder']);

const folders = readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** The first block of a page in a language. */
function block(page: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
}

test('every example has a page, and the list of examples has every example', () => {
  const list = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  for (const folder of folders) {
    expect(existsSync(join(FOLDER, folder, 'README.md')), folder).toBe(true);
    expect(list).toContain(`[${folder}/](${folder})`);
  }
});

test.each(folders.filter((folder) => !OTHERS.has(folder)))('the commands of %s print what its page shows', (folder) => {
  playsLab();
  const page = readFileSync(join(FOLDER, folder, 'README.md'), 'utf8');
  const dir = scratch();
  const [bin, cwd] = [join(dir, 'bin'), join(dir, folder)];
  mkdirSync(bin);
  symlinkSync(resolve('dist/ts/cli/bin.js'), join(bin, 'switchback'));
  cpSync(join(FOLDER, folder), cwd, { recursive: true });
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    NO_COLOR: '1',
    FORCE_COLOR: '',
    SWITCHBACK_DATA: '',
  };
  const commands = block(page, 'sh');
  expect(commands).toContain('switchback ');
  const { stdout, stderr } = spawnSync('sh', ['-e', '-c', commands], { cwd, env, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: block(page, 'text'), stderr: '' });
});
