/**
 * `npm start`: runs the demo's lab, serves it, and opens its page in a browser where there is a desktop.
 *
 *   npm start -- --no-open            prints the address and opens nothing
 *   npm start -- --listen HOST:PORT   another address than 127.0.0.1:7788
 *   npm start -- --data DIR           another directory than .switchback/start
 */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SWITCHBACK = fileURLToPath(new URL('../dist/ts/cli/bin.js', import.meta.url));
const LAB = 'ha-assigned-mac';

/** What opens an address on a desktop; null where there is none. */
export function openerOn(platform: string, environment: Readonly<Record<string, string | undefined>>): readonly string[] | null {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', ''];
  const { DISPLAY, WAYLAND_DISPLAY } = environment;
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : null;
}

/** The page of the lab, in a line that the server prints; null in any other. */
export function pageIn(line: string): string | null {
  const [, page] = /^the page is (http:\/\/\S+)$/.exec(line) ?? [];
  return page === undefined ? null : `${page}#/${LAB}`;
}

function open(address: string): void {
  const [command, ...args] = openerOn(process.platform, process.env) ?? [];
  if (command === undefined) return;
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  // The address is printed; a desktop without a browser is no failure.
  child.on('error', () => undefined);
  child.unref();
}

function start(): void {
  const { values } = parseArgs({
    options: {
      'no-open': { type: 'boolean', default: false },
      listen: { type: 'string' },
      data: { type: 'string', default: '.switchback/start' },
    },
  });
  const lab = `labs/${LAB}.lab.yml`;
  const run = spawnSync(process.execPath, [SWITCHBACK, 'run', lab, '--data', values.data, '--replace'], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (run.status !== 0) {
    process.exitCode = run.status ?? 1;
    return;
  }
  const listen = values.listen === undefined ? [] : ['--listen', values.listen];
  const server = spawn(process.execPath, [SWITCHBACK, 'serve', '--data', values.data, ...listen], {
    cwd: ROOT,
    stdio: ['inherit', 'inherit', 'pipe'],
  });
  createInterface({ input: server.stderr }).on('line', (line) => {
    const page = pageIn(line);
    process.stderr.write(page === null ? `${line}\n` : `the page is ${page}\n`);
    if (page !== null && !values['no-open']) open(page);
  });
  // A key that interrupts reaches both; the server ends in order, and this with it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.kill(signal));
  server.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) start();
