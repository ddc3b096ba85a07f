/** What someone waits for who was sent a bundle: `switchback verify FILE.sbk`, process start and all, beside the virtual time in it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { courseOfInputs } from '../debug/course.ts';
import { scriptInputs } from '../engine/script.ts';
import { openMemoryLog } from '../log/memory.ts';
import { exportLab } from '../services/bundle/export-lab.ts';
import { recordCourse } from '../services/debug/record-course.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { repeat, wallNs } from './clock.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const LAB = 'labs/ha-assigned-mac.lab.yml';
const NAME = 'verify a bundle of a failover, with process start';

/** Beside this file as it is built, in dist/ts/bench. */
const COMMAND = fileURLToPath(new URL('../cli/bin.js', import.meta.url));
const PACKAGE = new URL('../../../', import.meta.url);

async function verifyBundle({ quick, note }: Plan): Promise<Row[]> {
  if (!existsSync(COMMAND)) {
    note(`${NAME}: left out, it measures the built command`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  try {
    const bundle = join(dir, 'failover.sbk');
    const { seconds, bytes } = await writeFailover(bundle);
    let chain = '';
    const once = (): number =>
      wallNs(() => {
        const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'verify', bundle, '-f', 'json'], {
          encoding: 'utf8',
        });
        if (status !== 0) throw new Error(`the bundle does not verify: ${stderr}`);
        ({ chain } = JSON.parse(stdout) as { readonly chain: string });
      }) / 1e6;
    const times = repeat(quick ? 2 : 9, once);
    return [
      rowOf(`${NAME}, ${seconds} s of virtual time`, 'ms', times, { digest: chain.slice(0, 16) }),
      rowOf('size of a bundle of a failover', 'MiB', [bytes / 2 ** 20]),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Runs the failover that the package ships, and writes its bundle. */
async function writeFailover(path: string): Promise<{ readonly seconds: number; readonly bytes: number }> {
  const read = readLabFile(readFileSync(new URL(LAB, PACKAGE), 'utf8'), LAB);
  if (!read.ok) throw new Error(`${LAB} is not valid`);
  const { name, lab, script } = read.file;
  const log = openMemoryLog();
  await recordCourse(log, name, courseOfInputs(scriptInputs(lab, script)));
  const pieces: Uint8Array[] = [];
  const { bytes } = await exportLab(log, name, (piece) => void pieces.push(piece));
  writeFileSync(path, Buffer.concat(pieces));
  return { seconds: script.durationNs / 1e9, bytes };
}

export const BUNDLE: readonly Benchmark[] = [{ name: NAME, run: verifyBundle }];
