/** A Docker daemon for one test, with its data in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const START_MS = 30_000;
const STOP_MS = 30_000;

export class DockerDaemon {
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, process: ChildProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  /** Sets DOCKER_HOST, so that every docker command of this process reaches this daemon and no other. */
  static async start(): Promise<DockerDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'switchback-docker-'));
    const socket = `unix://${join(folder, 'docker.sock')}`;
    const log = openSync(join(folder, 'dockerd.log'), 'w');
    const group = basename(folder);
    const flags = [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
      ...['--host', socket, '--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${group}`],
    ];
    const process_ = spawn('dockerd', flags, { stdio: ['ignore', log, log] });
    closeSync(log);
    process.env['DOCKER_HOST'] = socket;
    // The classic builder is the one that every release has.
    process.env['DOCKER_BUILDKIT'] = '0';
    process.env['COMPOSE_DOCKER_CLI_BUILD'] = '0';
    const daemon = new DockerDaemon(folder, process_);
    for (const end = Date.now() + START_MS; Date.now() < end && process_.exitCode === null; await sleep(100)) {
      if (spawnSync('docker', ['info']).status === 0) return daemon;
    }
    const said = readFileSync(join(folder, 'dockerd.log'), 'utf8').slice(-4000);
    await daemon.stop();
    throw new Error(`dockerd did not start:\n${said}`);
  }

  /** @throws Error when the daemon does not end in time, or leaves a mount behind. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      if ((await Promise.race([ended, sleep(STOP_MS, 'late')])) === 'late') throw new Error('dockerd did not end');
    }
    const left = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((mount) => mount.includes(this.#folder));
    if (left.length > 0) throw new Error(`dockerd left mounts behind:\n${left.join('\n')}`);
    removeRemains(this.#folder);
  }
}

/** What is left of a daemon that ended, in good order or not: its files, and the control groups that its containers were in. */
export function removeRemains(folder: string): void {
  const root = '/sys/fs/cgroup';
  const group = basename(folder);
  const groups = [join(root, group), ...readdirSync(root).map((controller) => join(root, controller, group))].filter(existsSync);
  if (groups.length > 0) spawnSync('find', [...groups, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  // Every file of every layer: rm is faster at it than Node's own.
  spawnSync('rm', ['-rf', folder]);
}

export function sleep<T>(ms: number, value?: T): Promise<T | undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, value));
}
