/**
 * Processes that a campaign starts, kills and measures. Each has a process group of its own: a verb and the child that reads the store
 * for it (ts/cli/supervisor.ts) are killed one by one or together.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const BIN = join(ROOT, 'dist/ts/cli/bin.js');

const SAMPLE_MS = 100;
const ORPHAN_MS = 1000;
const OUTPUT_CHARACTERS_MAX = 4 << 20;
const KIB = 1024;
/** Unit of times in /proc: 1/100 s on every platform Node runs on (sysconf _SC_CLK_TCK). */
const TICK_MS = 10;
const TRACE = /^ {4}at .+:\d+.*$|this is a defect in Switchback|FATAL ERROR|Fatal JavaScript|Segmentation fault/m;
const LINES_BEFORE = 3;
const TRACE_CHARACTERS = 300;

/** Everything that was started and has not ended. */
const running = new Set<Running>();
const folders = new Set<string>();
process.once('exit', () => {
  for (const one of running) one.killAll();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is gone when the campaign ends, however it ends. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-campaign-'));
  folders.add(folder);
  return folder;
}

export function discard(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which processes of a verb are killed: the one that supervises, the one that works, or both. */
export type Victim = 'supervisor' | 'worker' | 'both';

export class Running {
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  /** Most that a process of the group had resident, bytes. */
  memoryBytesMax = 0;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], { env = {}, cwd = ROOT }: StartOptions = {}) {
    const { FORCE_COLOR: _, ...own } = process.env;
    this.#child = spawn(command, args, {
      cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...own, NO_COLOR: '1', SWITCHBACK_DATA: '', SWITCHBACK_SERVER: '', SWITCHBACK_KAFKA: '', ...env },
    });
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout = grown(this.stdout, text)));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr = grown(this.stderr, text)));
    const sampler = setInterval(() => this.sample(), SAMPLE_MS);
    const closed = once(this.#child, 'close');
    this.ended = once(this.#child, 'exit').then(async ([code, signal]) => {
      clearInterval(sampler);
      running.delete(this);
      // An orphan may hold the streams for ever; without one they end when all was read.
      await Promise.race([closed, sleep(ORPHAN_MS)]);
      if (!this.hasOrphans) await closed;
      return { code, signal, stdout: this.stdout, stderr: this.stderr } as Ended;
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills as a power cut of these processes would. A verb that has no worker yet loses what it has. */
  async kill(victim: Victim = 'both'): Promise<void> {
    if (this.hasEnded) return;
    this.sample();
    if (victim === 'both') this.killAll();
    else if (victim === 'supervisor') this.#child.kill('SIGKILL');
    else for (const pid of childrenOf(this.pid)) killOne(pid);
    await this.ended;
  }

  killAll(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }

  /** Whether a process of its group is left. One that has ended and that nobody has asked for its exit code is not. */
  get hasOrphans(): boolean {
    return groupOf(this.pid).length > 0;
  }

  /** Processor time of what is left of its group, since each began. */
  get processorMs(): number {
    return groupOf(this.pid).reduce((sum, { processorMs }) => sum + processorMs, 0);
  }

  sample(): void {
    for (const pid of [this.pid, ...childrenOf(this.pid)])
      this.memoryBytesMax = Math.max(this.memoryBytesMax, residentBytes(pid).max);
  }
}

/** The command as people run it. */
export function switchback(args: readonly string[], options?: StartOptions): Running {
  return new Running(process.execPath, [BIN, ...args], options);
}

/** A script of a campaign in a process of its own. */
export function script(name: string, args: readonly string[], options?: StartOptions): Running {
  return new Running(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts/campaign', name), ...args], options);
}

/** What an ended process printed that nobody may see: a stack trace, or the report of a defect. Null when nothing. */
export function traceIn(output: string): string | null {
  const plain = stripVTControlCharacters(output);
  const found = TRACE.exec(plain);
  if (found === null) return null;
  // The lines before it say what was thrown.
  const before = plain.slice(0, found.index).split('\n').slice(-LINES_BEFORE).join('\n');
  return (before + plain.slice(found.index, found.index + TRACE_CHARACTERS)).trim();
}

/** Resident memory of a process now, and its most; 0 when it is gone. */
export function residentBytes(pid: number): { readonly now: number; readonly max: number } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * KIB;
    return { now: field('VmRSS'), max: field('VmHWM') };
  } catch {
    return { now: 0, max: 0 };
  }
}

/** Processes of a group that have not ended, by /proc/PID/stat (proc(5)). */
function groupOf(group: number): { readonly processorMs: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const stat = statOf(pid);
      if (stat === null || stat.group !== group || stat.state === 'Z' || stat.state === 'X') return [];
      return [{ processorMs: stat.ticks * TICK_MS }];
    });
}

function statOf(pid: string): { readonly state: string; readonly group: number; readonly ticks: number } | null {
  try {
    // The name before may contain blanks and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: fields[0] ?? '', group: Number(fields[2]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const texts = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    return texts.flatMap((text) => text.split(' ').filter((word) => word !== '')).map(Number);
  } catch {
    return [];
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The same beginning, whatever the pieces it came in. */
function grown(text: string, more: string): string {
  return text + more.slice(0, OUTPUT_CHARACTERS_MAX - text.length);
}
