/**
 * Reads hostile inputs one after the other, in a process of its own that can be measured and may die.
 *
 *   hostile-child.ts labs|play|captures SEED FROM TO      attempts FROM to TO, both included
 *   hostile-child.ts large CHARACTERS FROM NAME…          the first of these kinds is attempt FROM
 *
 * Prints a line of JSON before each input and one after it: its number, processor time in ms, and the most that was resident by then.
 */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../ts/capture/pcap.ts';
import { readConservation } from '../../ts/engine/derived.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { formatFinding } from '../../ts/topology/draft/finding.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { hostileCapture } from './hostile-bytes.ts';
import { hostileLab, LARGE } from './hostile-text.ts';
import { residentBytes } from './processes.ts';
import { Random } from './random.ts';
import { labOf, labText } from './work.ts';

export interface ChildLine {
  readonly attempt: number;
  /** "begin", or what became of the input: "accepted", "refused", or a fault. */
  readonly what: string;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

const PLAYED_NS = 20_000_000;
const EVENTS_PER_STEP = 2000;
const STEPS_MAX = 20;
const FRAME_BYTES_MAX = 128 * 1024;
const KIB = 1024;
const READER_BEHIND_MS = 5;
const NEVER_NOTIFIED = new Int32Array(new SharedArrayBuffer(4));

/** Frames of one instant after the other, 1 ms each. */
let nowNs = 0;
let capturesEngine: Engine | null = null;

/** At once, because the process may die of the next input. A pipe that is full for now refuses (EAGAIN): the reader is behind. */
function print(line: ChildLine): void {
  let rest = Buffer.from(`${JSON.stringify(line)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(NEVER_NOTIFIED, 0, 0, READER_BEHIND_MS);
    }
  }
}

function shippedLabs(): string[] {
  const folder = new URL('../../labs/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.lab.yml'));
  return names.sort().map((name) => readFileSync(new URL(name, folder), 'utf8'));
}

function read(text: string): string {
  const result = readLabFile(text, 'hostile.lab.yml');
  const findings = result.ok ? result.warnings : result.findings;
  if (!result.ok && findings.length === 0) return 'FAULT: refused, and no reason was given';
  // What people see is made of all of them.
  if (findings.map(formatFinding).join('\n').includes('[object Object]')) return 'FAULT: a finding shows an object';
  return result.ok ? 'accepted' : 'refused';
}

/** A valid lab, some milliseconds of it: whatever its names and numbers are, frames are accounted for. */
function play(text: string): string {
  const result = readLabFile(text, 'hostile.lab.yml');
  if (!result.ok) return 'refused';
  const engine = createEngine();
  engine.receive(defineInput(result.file.lab));
  engine.receive({ type: 'TimeAdvanced', data: { toNs: Math.min(PLAYED_NS, result.file.script.durationNs) } });
  for (let left = STEPS_MAX; left > 0; left--) if (engine.step({ maxEvents: EVENTS_PER_STEP, maxTurns: EVENTS_PER_STEP })) break;
  engine.take();
  return readConservation(engine).holds ? 'accepted' : 'FAULT: frames are not accounted for';
}

function receive(bytes: Uint8Array): string {
  const { frames, problem } = readCapture(bytes);
  if (frames.length === 0) return problem === null && bytes.length > KIB ? 'accepted' : 'refused';
  if (capturesEngine === null) {
    capturesEngine = createEngine();
    capturesEngine.receive(defineInput(labOf(labText('ha-assigned-mac', 'captures')).lab));
  }
  const engine = capturesEngine;
  const fitting = frames.filter((frame) => frame.bytes.length <= FRAME_BYTES_MAX);
  for (const { bytes: frame } of fitting) {
    engine.receive({ type: 'FramesReceived', data: { node: 'fw1', interface: 'eth1', frames: [{ afterNs: 0, bytes: frame }] } });
  }
  nowNs += 1_000_000;
  engine.receive({ type: 'TimeAdvanced', data: { toNs: nowNs } });
  while (!engine.step({ maxEvents: EVENTS_PER_STEP })) engine.take();
  engine.take();
  return readConservation(engine).holds ? 'accepted' : 'FAULT: frames are not accounted for';
}

function measured(attempt: number, work: () => string): void {
  print({ attempt, what: 'begin', cpuMs: 0, memoryBytes: 0 });
  const before = process.cpuUsage();
  let what = '';
  try {
    what = work();
  } catch (error) {
    what = `FAULT: ${error instanceof Error ? error.stack : String(error)}`;
  }
  const { user, system } = process.cpuUsage(before);
  print({ attempt, what, cpuMs: (user + system) / 1000, memoryBytes: residentBytes(process.pid).max });
}

function main([kind = '', ...rest]: readonly string[]): void {
  if (kind === 'large') {
    const [characters = '', from = '', ...names] = rest;
    for (const [index, name] of names.entries()) {
      const text = LARGE[name]?.(Number(characters)) ?? '';
      measured(Number(from) + index, () => read(text));
    }
    return;
  }
  const [seed = 0, from = 0, to = 0] = rest.map(Number);
  const labs = shippedLabs();
  for (let attempt = from; attempt <= to; attempt++) {
    if (kind === 'captures') {
      const bytes = hostileCapture(Random.of(seed, 'captures', attempt));
      measured(attempt, () => receive(bytes));
      continue;
    }
    const text = hostileLab(Random.of(seed, 'labs', attempt), labs);
    measured(attempt, () => (kind === 'play' ? play(text) : read(text)));
  }
}

if (process.argv[1]?.endsWith(join('campaign', 'hostile-child.ts'))) main(process.argv.slice(2));
