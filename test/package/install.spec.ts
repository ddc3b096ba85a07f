/** The package as its users get it: packed, installed into an empty folder, run, imported, type-checked, and opened in a browser. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install, pack, runExample, runsLab, TARBALL_BYTES_MAX, type Tarball, UNPACKED_BYTES_MAX } from '../../scripts/consumer.ts';
import { thisNode } from '../../scripts/node-version.ts';
import { needs } from '../needs.ts';

const EXAMPLES = 'examples/library';
const text = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8');

const place = mkdtempSync(join(tmpdir(), 'switchback-package-'));
let tarball: Tarball;
beforeAll(() => {
  tarball = pack(place);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the tarball', () => {
  test('holds the built package, docs, examples, labs and its bill of materials, and nothing to build or test with', () => {
    for (const file of [
      'dist/ts/cli/bin.js',
      'dist/ts/library/index.js',
      'dist/ts/library/index.d.ts',
      'dist/gen/dataplane/dataplane.core.wasm',
      'dist/engine-identity.json',
      'dist/sbom.cdx.json',
      'dist/page/index.html',
      'dist/page/licences.txt',
      'docs/library.md',
      'examples/library/failover.ts',
      'labs/ha-assigned-mac.lab.yml',
      'README.md',
      'LICENSE',
    ]) {
      expect(tarball.files).toContain(file);
    }
    expect(
      tarball.files.filter((file) => /\.spec\.|\.map$|^(asm|ts|test|scripts|node_modules)\/|\.env|(?<!\.d)\.ts$/.test(file)),
    ).toEqual(tarball.files.filter((file) => /^examples\/.*\.ts$/.test(file)));
  });

  test('is as small as docs/dependencies.md says', () => {
    expect(tarball.bytes).toBeLessThan(TARBALL_BYTES_MAX);
    expect(tarball.unpackedBytes).toBeLessThan(UNPACKED_BYTES_MAX);
    const [, packed, unpacked] =
      /tarball has about ([\d.]+) MB, unpacked ([\d.]+) MB/.exec(readFileSync('docs/dependencies.md', 'utf8')) ?? [];
    expect(Math.abs(Number(packed) - tarball.bytes / 1e6)).toBeLessThan(0.15);
    expect(Math.abs(Number(unpacked) - tarball.unpackedBytes / 1e6)).toBeLessThan(0.6);
  });
});

needs('registry')('installed into an empty folder', () => {
  const folder = join(place, 'consumer');
  const node = thisNode();

  test('needs no build, warns of nothing, and brings no toolchain', () => {
    expect(install(node, tarball.path, folder)).toEqual([]);
  });

  test('runs a packaged lab to its golden chain, and verifies it', () => {
    expect(runsLab(node, folder)).toEqual([]);
  });

  test('serves the page, and the page in one file', async () => {
    const command = join(folder, 'node_modules/switchback-lab/dist/ts/cli/bin.js');
    const args = [command, 'serve', '--listen', '127.0.0.1:0', '--data', join(folder, 'served')];
    const server = spawn(node.binary, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const closed = once(server, 'close');
    try {
      let told = '';
      server.stderr.setEncoding('utf8').on('data', (piece: string) => {
        told += piece;
      });
      await expect.poll(() => told).toMatch(/the page is \S+\n/);
      const [, address = ''] = /the page is (\S+)\n/.exec(told) ?? [];
      const titles = [address, new URL('/switchback.html', address)].map(async (one) => {
        return /<title>.*<\/title>/.exec(await (await fetch(one)).text())?.[0];
      });
      expect(await Promise.all(titles)).toEqual(['<title>Switchback</title>', '<title>Switchback</title>']);
    } finally {
      server.kill();
      await closed;
    }
  });

  test("runs the README's example of the library", () => {
    expect(runExample(node, folder, 'failover', text('failover.ts'))).toBe(text('failover.txt'));
  });

  test('has types that check under strict, its own declarations included, and refuses what is no property', () => {
    // Only the package and its types: no @types/node, and vitest as a consumer's own.
    symlinkSync(resolve('node_modules/vitest'), join(folder, 'node_modules/vitest'));
    for (const name of ['failover.ts', 'mistakes.ts', 'page.ts', 'failover.test.ts'])
      copyFileSync(join(EXAMPLES, name), join(folder, name));
    writeFileSync(
      join(folder, 'wrong.ts'),
      "import { Lab } from 'switchback-lab';\nnew Lab('x').addHost('h1', { platform: 'esxi' });\n",
    );
    const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', lib: ['es2023', 'dom'], types: [] };
    const check = (files: readonly string[], more: object = {}) => {
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, ...more }, files }));
      return spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' }).stdout;
    };
    expect(check(['failover.ts', 'mistakes.ts', 'page.ts'])).toBe('');
    expect(check(['wrong.ts'])).toMatch(/^.*wrong\.ts\(2,\d+\): error TS2353: .*'platform' does not exist/);
    // Vitest's declarations are not ours to check.
    expect(check(['failover.test.ts'], { skipLibCheck: true })).toBe('');
  });

  describe('in a page', () => {
    test('is one script without node:, and tree-shaking leaves out what is not used', () => {
      copyFileSync(join(EXAMPLES, 'page.ts'), join(folder, 'page.ts'));
      writeFileSync(
        join(folder, 'none.ts'),
        "import { LabMisused } from 'switchback-lab/browser';\nconsole.log(LabMisused.name);\n",
      );
      expect(bundle(folder, 'page')).toBe('');
      expect(bundle(folder, 'none')).toBe('');
      // A boolean: the script would fill the report.
      expect(/\b(?:from|import|require)\s*\(?\s*["']node:/.test(readFileSync(join(folder, 'page.js'), 'utf8'))).toBe(false);
      expect(readFileSync(join(folder, 'none.js')).length).toBeLessThan(2000);
    });

    needs('chromium')('opened in Chromium', () => {
      test('runs the same lab to the same chain as on Node', () => {
        const wasm = readFileSync(join(folder, 'node_modules/switchback-lab/dist/gen/dataplane/dataplane.core.wasm')).toString(
          'base64',
        );
        const script = readFileSync(join(folder, 'page.js'), 'utf8').replaceAll('</script', '<\\/script');
        const page = `<!doctype html><body data-dataplane="data:application/wasm;base64,${wasm}"><script type="module">${script}</script></body>`;
        writeFileSync(join(folder, 'page.html'), page);
        const onNode = text('page.ts')
          .replace('switchback-lab/browser', 'switchback-lab')
          .replace(', loadDataplane', '')
          .replace(/^const dataplane = .*$/m, 'const document = { body: {} };')
          .replace('new Lab(dataplane, ', 'new Lab(');
        const expected = runExample(node, folder, 'same', `${onNode}console.log(document.body.textContent);\n`).trim();
        expect(expected).toMatch(/^100 frames received, chain [0-9a-f]{64}, verified true$/);
        expect(inChromium(join(folder, 'page.html'))).toContain(`>${expected}<`);
      });
    });
  });
});

/** Bundles a program of the consumer for a browser. Returns what esbuild complains about. */
function bundle(folder: string, name: string): string {
  const args = [
    `${name}.ts`,
    '--bundle',
    '--format=esm',
    '--platform=browser',
    '--minify',
    `--outfile=${name}.js`,
    '--log-level=warning',
  ];
  return spawnSync(resolve('node_modules/.bin/esbuild'), args, { cwd: folder, encoding: 'utf8' }).stderr;
}

/** The page as it stands when it has nothing more to do. */
function inChromium(page: string): string {
  const profile = mkdtempSync(join(place, 'chromium-'));
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${profile}`];
  const waits = ['--virtual-time-budget=60000', '--timeout=120000', '--dump-dom', `file://${page}`];
  const { stdout, stderr } = spawnSync('chromium', [...args, ...waits], { encoding: 'utf8', timeout: 170_000, maxBuffer: 2 ** 26 });
  return existsSync(page) ? stdout || stderr : '';
}
