/** The C baselines: bench/forward.c, bench/nic.c, bench/session.c and bench/route6.c, built for this very machine, run once per sample. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Delivered } from './shape.ts';

/** From the sources and from dist/. */
const PLACES = ['../../bench/', '../../../bench/'];
const PROGRAMS = ['forward', 'nic', 'session', 'route6'] as const;
export type CProgram = (typeof PROGRAMS)[number];
const FLAGS = ['-O3', '-march=native', '-std=gnu11'];

export interface CSample extends Delivered {
  readonly processorNs: number;
}

export class CBaseline {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Builds them. @returns null when that cannot be done here, after saying why. */
  static build(note: (text: string) => void): CBaseline | null {
    const sources = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) =>
      existsSync(`${path}lab.h`),
    );
    if (sources === undefined) {
      note('no C baseline: bench/*.c are not part of this installation');
      return null;
    }
    const folder = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
    for (const program of PROGRAMS) {
      const args = [...FLAGS, '-o', join(folder, program), `${sources}${program}.c`];
      const { status, error, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
      if (status === 0) continue;
      rmSync(folder, { recursive: true });
      note(`no C baseline: gcc ${error === undefined ? `refused bench/${program}.c\n${stderr}` : 'is not there'}`);
      return null;
    }
    return new CBaseline(folder);
  }

  /** One sample, warmed up; the digest covers warm-up and sample. The arguments are those that the source's head describes. */
  run(program: CProgram, args: readonly (number | string)[]): CSample {
    const { status, stdout, stderr } = spawnSync(join(this.#folder, program), args.map(String), { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the C baseline ${program} ended with ${status}: ${stderr}`);
    const [ns = '', frames = '', digest = '', dropped = ''] = stdout.trim().split(' ');
    return { processorNs: Number(ns), frames: Number(frames), digest: Number.parseInt(digest, 16), dropped: Number(dropped) };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
