/**
 * A sweep: one lab file run with each value of a range. Each run is the very run of a lab file with that value, so its chain is that of
 * `switchback run`.
 */
import type { CheckResult } from '../engine/checks.ts';
import type { FlowReport } from '../engine/derived.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { nanos } from '../values/nanos.ts';
import { inWords } from './fork.ts';

/** What one run came to. */
export interface SweptRun {
  /** As the file would say it. */
  readonly value: string;
  readonly position: number;
  /** Hex. */
  readonly chain: string;
  /** Frames that all flows lost. */
  readonly lost: number;
  /** The longest gap of any flow, ns. */
  readonly longestGapNs: number;
  /** Names of the checks that failed. */
  readonly failed: readonly string[];
}

export function sweptRun(value: string, { position, chain, flows, checks }: SweptResult): SweptRun {
  return {
    value,
    position,
    chain,
    lost: flows.reduce((sum, { lost }) => sum + lost, 0),
    longestGapNs: Math.max(0, ...flows.map(({ longestGapNs }) => longestGapNs)),
    failed: checks.filter(({ pass }) => !pass).map(({ name }) => name),
  };
}

export interface SweptResult {
  readonly position: number;
  readonly chain: string;
  readonly flows: readonly FlowReport[];
  readonly checks: readonly CheckResult[];
}

/** `count` moments from one to the other, both among them, evenly apart to the nanosecond below. */
export function momentsOf(fromNs: number, toNs: number, count: number): number[] {
  if (count === 1) return [fromNs];
  return Array.from({ length: count }, (_, i) => fromNs + Math.floor(((toNs - fromNs) * i) / (count - 1)));
}

/**
 * The file with a step at another time. Its place among the steps of one time stays that of the file.
 * @throws RangeError for a step that the file has not, or more than once; for a time behind its end
 */
export function withStepAt(file: LabFile, step: string, atNs: number): LabFile {
  const { steps, durationNs } = file.script;
  const found = steps.filter(({ command }) => inWords(command) === inWords(step));
  if (found.length !== 1) {
    const known = steps.map(({ command }) => `"${command}"`).join(', ') || 'none';
    throw new RangeError(
      `the file has the step "${step}" ${found.length === 0 ? 'not' : `${found.length} times`}; its steps: ${known}`,
    );
  }
  if (atNs >= durationNs) throw new RangeError(`a step at ${atNs} ns never happens: the run ends at ${durationNs} ns`);
  const moved = steps.map((one) => (one === found[0] ? { ...one, atNs: nanos(atNs) } : one));
  return { ...file, script: { ...file.script, steps: moved } };
}

// ── The strip ───────────────────────────────────────────────────────────────────────────────────────────────────────

const WIDTH = 1000;
const HEIGHT = 120;
const LABELS = 36;

/**
 * A picture of a sweep: one bar a run, as high as its longest gap; red where a check failed. Bars say their value, gap and loss when
 * they are pointed at. SVG text that needs nothing else.
 */
export function stripSvg(title: string, runs: readonly SweptRun[]): string {
  const most = Math.max(1, ...runs.map(({ longestGapNs }) => longestGapNs));
  const width = WIDTH / Math.max(1, runs.length);
  const bars = runs.map(({ value, longestGapNs, lost, failed }, i) => {
    const height = Math.max(1, Math.round((longestGapNs / most) * HEIGHT));
    const told = `${value}: ${seconds(longestGapNs)} s without a frame, ${lost} lost${failed.length > 0 ? `, failed: ${failed.join(', ')}` : ''}`;
    const place = `x="${(i * width).toFixed(2)}" y="${HEIGHT - height}" width="${Math.max(0.5, width - 0.5).toFixed(2)}" height="${height}"`;
    return `<rect ${place} fill="${failed.length > 0 ? '#c0392b' : '#2c7fb8'}"><title>${escaped(told)}</title></rect>`;
  });
  const [first, last] = [runs[0]?.value ?? '', runs.at(-1)?.value ?? ''];
  const text = (x: number, anchor: string, words: string): string =>
    `<text x="${x}" y="${HEIGHT + 26}" font-family="sans-serif" font-size="14" text-anchor="${anchor}">${escaped(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT + LABELS}" role="img">`,
    `<title>${escaped(title)}</title>`,
    ...bars,
    text(0, 'start', first),
    text(WIDTH / 2, 'middle', `${title}: longest gap, at most ${seconds(most)} s`),
    text(WIDTH, 'end', last),
    '</svg>\n',
  ].join('\n');
}

function seconds(ns: number): string {
  return String(Math.round(ns / 1e6) / 1e3);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
