/** The C baseline: bench/forward.c, built for this very machine, run once per sample. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Delivered, Shape } from './shape.ts';

/** From the sources and from dist/. */
const PLACES = ['../../bench/forward.c', '../../../bench/forward.c'];
const FLAGS = ['-O3', '-march=native', '-std=gnu11'];

export interface CSample extends Delivered {
  readonly processorNs: number;
}

export class CBaseline {
  private readonly folder: string;
  private readonly binary: string;

  private constructor(folder: string, binary: string) {
    this.folder = folder;
    this.binary = binary;
  }

  /** Builds it. @returns null when that cannot be done here, after saying why. */
  static build(note: (text: string) => void): CBaseline | null {
    const source = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
    if (source === undefined) {
      note('no C baseline: bench/forward.c is not part of this installation');
      return null;
    }
    const folder = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
    const binary = join(folder, 'forward');
    const { status, error, stderr } = spawnSync('gcc', [...FLAGS, '-o', binary, source], { encoding: 'utf8' });
    if (status === 0) return new CBaseline(folder, binary);
    rmSync(folder, { recursive: true });
    note(`no C baseline: gcc ${error === undefined ? `refused bench/forward.c\n${stderr}` : 'is not there'}`);
    return null;
  }

  /** Polls after a warm-up; the digest covers both. */
  run({ ports, stations }: Shape, burst: number, polls: number, warmUp: number): CSample {
    const args = [ports, stations, burst, polls, warmUp].map(String);
    const { status, stdout, stderr } = spawnSync(this.binary, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the C baseline ended with ${status}: ${stderr}`);
    const [ns = '', frames = '', digest = '', dropped = ''] = stdout.trim().split(' ');
    return { processorNs: Number(ns), frames: Number(frames), digest: Number.parseInt(digest, 16), dropped: Number(dropped) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
