/** Hostile inputs, read in processes that are measured: hostile-child.ts, seen from the campaign. */
import type { Tally } from './campaign.ts';
import type { ChildLine } from './hostile-child.ts';
import { script, traceIn } from './processes.ts';

/** What one input may take: processor time, and what its process has resident by then. */
export const CPU_MS_MAX = 3000;
export const MEMORY_BYTES_MAX = 300e6;
/** A child that says nothing for so long hangs in one input. */
const SILENCE_MS_MAX = 60_000;
const WATCH_MS = 200;

export interface Batch {
  /** What its inputs are called in faults, such as "labs". */
  readonly what: string;
  readonly args: (from: number) => readonly string[];
  readonly from: number;
  readonly to: number;
  /** False where engines run besides: their regions are not what an input takes. */
  readonly limitsMemory: boolean;
}

export interface Measured {
  readonly accepted: number;
  readonly cpuMsMax: number;
}

/** Has a batch read. When its process dies or hangs, that is a fault of the input it was at, and another goes on behind it. */
export async function readBatch(batch: Batch, tally: Tally): Promise<Measured> {
  let from = batch.from;
  let accepted = 0;
  let cpuMsMax = 0;
  while (from <= batch.to) {
    const { lines, died } = await readLines(batch.args(from));
    const ends = lines.filter(({ what }) => what !== 'begin');
    for (const [index, line] of ends.entries()) check(line, ends[index - 1]?.memoryBytes ?? 0, batch, tally);
    accepted += ends.filter(({ what }) => what === 'accepted').length;
    cpuMsMax = ends.reduce((most, { cpuMs }) => Math.max(most, cpuMs), cpuMsMax);
    if (died === null) break;
    const at = lines.at(-1)?.attempt ?? from;
    tally.fault(`${batch.what} ${at}`, died);
    from = at + 1;
  }
  return { accepted, cpuMsMax };
}

/** `before`: what the process had had resident; what an earlier input took is not counted again. */
function check(
  { attempt, what, cpuMs, memoryBytes }: ChildLine,
  before: number,
  { what: name, limitsMemory }: Batch,
  tally: Tally,
): void {
  const label = `${name} ${attempt}`;
  if (what.startsWith('FAULT')) tally.fault(label, what);
  if (cpuMs > CPU_MS_MAX) tally.fault(label, `took ${(cpuMs / 1000).toFixed(1)} s of processor time`);
  if (!limitsMemory) return;
  tally.memory(memoryBytes);
  if (memoryBytes > MEMORY_BYTES_MAX && memoryBytes > before) tally.fault(label, `${Math.round(memoryBytes / 1e6)} MB resident`);
}

async function readLines(args: readonly string[]): Promise<{ readonly lines: readonly ChildLine[]; readonly died: string | null }> {
  const child = script('hostile-child.ts', args);
  let length = 0;
  let heardMs = performance.now();
  let isHung = false;
  const watch = setInterval(() => {
    if (child.stdout.length > length) heardMs = performance.now();
    length = child.stdout.length;
    if (performance.now() - heardMs < SILENCE_MS_MAX) return;
    isHung = true;
    child.killAll();
  }, WATCH_MS);
  const { code, signal, stdout, stderr } = await child.ended;
  clearInterval(watch);
  const whole = stdout.split('\n').filter((line) => line.endsWith('}'));
  const lines = whole.map((line) => JSON.parse(line) as ChildLine);
  if (isHung) return { lines, died: `no end after ${SILENCE_MS_MAX / 1000} s` };
  return { lines, died: code === 0 ? null : `the process died: ${signal ?? code} ${traceIn(stderr) ?? stderr.slice(-300)}` };
}
