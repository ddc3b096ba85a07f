/** `capture` of many frames: the lab is run again, and every frame at one interface is written to a file. */
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { courseOfInputs } from '../debug/course.ts';
import { scriptInputs } from '../engine/script.ts';
import { openMemoryLog } from '../log/memory.ts';
import { captureLab } from '../services/ask/capture-lab.ts';
import { recordCourse } from '../services/debug/record-course.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { processorNsOf } from './clock.ts';
import { manyFramesText } from './lab-texts.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const FRAMES = 1_000_000;
const LAB = 'bench-frames';
const AT = 'b:eth0';
const NAME = `capture of ${FRAMES.toLocaleString('en')} frames`;

async function captureMany({ quick }: Plan): Promise<Row[]> {
  const read = readLabFile(manyFramesText(LAB, FRAMES), 'bench.lab.yml');
  if (!read.ok) throw new Error(`the lab of a benchmark is invalid: ${read.findings[0]?.message}`);
  const { lab, script } = read.file;
  const log = openMemoryLog();
  await recordCourse(log, LAB, courseOfInputs(scriptInputs(lab, script)));
  const dir = mkdtempSync(join(tmpdir(), 'switchback-bench-'));
  const path = join(dir, 'frames.pcapng');
  const request = { interfaces: [AT], fromNs: 0, toNs: script.durationNs };
  try {
    const samples: number[] = [];
    for (let sample = 0; sample < (quick ? 1 : 3); sample++) {
      const ns = await processorNsOf(async () => {
        const file = openSync(path, 'w');
        const { frames } = await captureLab(log, LAB, request, (chunk) => void writeSync(file, chunk));
        closeSync(file);
        if (frames < FRAMES) throw new Error(`${NAME}: ${frames} frames were written`);
      });
      samples.push(ns / 1e6);
    }
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
    return [rowOf(NAME, 'ms', samples, { digest })];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const CAPTURE: readonly Benchmark[] = [{ name: NAME, run: captureMany }];
