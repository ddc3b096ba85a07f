/**
 * The package as its users get it: packed, and installed into an empty folder by a Node of any version. What is wrong comes back as lines;
 * test/package/install.spec.ts asks on this Node, scripts/node-matrix.ts on the others.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Node } from './node-version.ts';

/** A tarball above this is a mistake: a map, a test or a download in it. docs/dependencies.md states the size. */
export const TARBALL_BYTES_MAX = 1.8e6;
export const UNPACKED_BYTES_MAX = 6e6;

const PACKAGE = 'switchback-lab';
/** Packages of the build. An installation must not need them. */
const TOOLCHAIN = ['assemblyscript', '@bytecodealliance', 'typescript', 'tsx', 'esbuild', 'vitest', '@biomejs', '@bufbuild'];
/** Scripts that npm runs in an installed package, or asks its user to approve. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];
/** Shipped lab whose run and proof take least. */
const LAB = 'link-monitor';

export interface Tarball {
  readonly path: string;
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** Paths in it. */
  readonly files: readonly string[];
}

/** Packs the project as a release would. @throws Error when npm does not */
export function pack(folder: string): Tarball {
  mkdirSync(folder, { recursive: true });
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  // What the scripts print comes before.
  const said = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Packed[] | Record<string, Packed>;
  const [packed] = Object.values(said);
  if (packed === undefined) throw new Error('npm pack said nothing');
  const { filename, size, unpackedSize, files } = packed;
  return { path: resolve(folder, filename), bytes: size, unpackedBytes: unpackedSize, files: files.map(({ path }) => path) };
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Whether npm reaches what an installation downloads. */
export function hasRegistry(): boolean {
  return (
    spawnSync('npm', ['view', 'lmdb', 'version', '--prefer-offline', '--fetch-retries', '0'], { timeout: 60_000 }).status === 0
  );
}

/** npm, run by the given Node: that is the version npm compares with `engines`. */
function npm(node: Node, folder: string, args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { stdout: found } = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' });
  const env = { ...process.env, PATH: `${dirname(node.binary)}${delimiter}${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync(node.binary, [realpathSync(found.trim()), ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** Installs the tarball into an empty folder. Returns what is wrong with the installation. */
export function install(node: Node, tarball: string, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const { status, output } = npm(node, folder, ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball]);
  if (status !== 0) return [`npm install failed:\n${output}`];
  const faults = output.split('\n').filter((line) => /EBADENGINE|deprecated|ERESOLVE/.test(line));
  const modules = readdirSync(join(folder, 'node_modules'));
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'node_modules', PACKAGE, 'package.json'), 'utf8')) as {
    readonly scripts?: object;
  };
  const own = Object.keys(scripts).filter((name) => INSTALL_SCRIPTS.includes(name));
  return [
    ...faults,
    ...modules.filter((name) => TOOLCHAIN.includes(name)).map((name) => `the installation has ${name}, which only builds`),
    ...own.map((name) => `the package has an install script: ${name}`),
  ];
}

/** Runs a packaged lab and verifies it, by the installed command. Returns what is wrong. */
export function runsLab({ binary }: Node, folder: string): readonly string[] {
  const command = join('node_modules', PACKAGE, 'dist/ts/cli/bin.js');
  const lab = join('node_modules', PACKAGE, 'labs', `${LAB}.lab.yml`);
  const golden = readFileSync(join('labs/golden', `${LAB}.txt`), 'utf8').split('\n', 1)[0] ?? '';
  const run = spawnSync(binary, [command, 'run', lab, '--data', 'data', '-f', 'json'], { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) return [`run exits ${run.status}: ${run.stderr}`];
  const { chain } = JSON.parse(run.stdout) as { readonly chain: string };
  const verify = spawnSync(binary, [command, 'verify', LAB, '--data', 'data'], { cwd: folder, encoding: 'utf8' });
  return [
    ...(chain === golden ? [] : [`${LAB} has chain ${chain}, golden ${golden}`]),
    ...(verify.status === 0 ? [] : [`verify exits ${verify.status}: ${verify.stderr}`]),
  ];
}

/** Runs an example of the library by its package's name. Returns what it prints, errors included. @param text TypeScript without types */
export function runExample({ binary }: Node, folder: string, name: string, text: string): string {
  writeFileSync(join(folder, `${name}.mjs`), text);
  const { stdout, stderr } = spawnSync(binary, [`${name}.mjs`], { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}
