/**
 * The debugger on long histories: a lab whose cable is pulled and plugged again and again, beside a flow. Opening a lab (running it once, with
 * moments to go on from) is not measured: it is done once for all questions.
 */
import { createHash } from 'node:crypto';
import { bisect } from '../debug/bisect.ts';
import { courseOf, courseOfInputs } from '../debug/course.ts';
import { explainFrame } from '../debug/explain/explain-frame.ts';
import { openLab } from '../debug/explain/open-lab.ts';
import { Moments } from '../debug/moments.ts';
import type { NewEngine } from '../debug/rerun.ts';
import { Engine } from '../engine/engine.ts';
import type { Input } from '../engine/input.ts';
import { defineInput } from '../engine/script.ts';
import { toHex } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import type { LogRecord } from '../model/events/record.ts';
import { readExpectation } from '../topology/read-expectation.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { repeat, wallNs } from './clock.ts';
import { flappingText } from './lab-texts.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const BISECT_EVENTS = 100_000;
const EXPLAIN_EVENTS = 1_000_000;
/** Events between two moments of an open lab. */
const MOMENT_EVERY = 4000;
const STEP_NS = 1_000_000;
/** Received, accepted, and the carrier of both ends. */
const EVENTS_OF_COMMAND = 4;
const SAMPLES = 5;
const BISECT = `bisect in ${BISECT_EVENTS.toLocaleString('en')} events`;
const BISECT_FLOW = `${BISECT}, of a flow`;
const EXPLAIN = `explain a frame in ${EXPLAIN_EVENTS.toLocaleString('en')} events`;

function enginesOf({ module }: Plan): NewEngine {
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
  return (options = {}) => new Engine(module, { identity: 'bench', sha256, ...options });
}

/**
 * The inputs of a lab of about so many events.
 * @param turns milliseconds from one pull or plug of the cable to the next, each of them recorded.
 */
function flapping(events: number, turns: number): Input[] {
  const read = readLabFile(flappingText(), 'bench.lab.yml');
  if (!read.ok) throw new Error(`the lab of a benchmark is invalid: ${read.findings[0]?.message}`);
  const inputs: Input[] = [defineInput(read.file.lab)];
  for (let turn = 1, recorded = 0; recorded < events; turn++, recorded++) {
    inputs.push({ type: 'TimeAdvanced', data: { toNs: turn * STEP_NS } });
    if (turn % turns !== 0) continue;
    inputs.push({ type: 'CommandReceived', data: { command: `link ${(turn / turns) % 2 === 0 ? 'up' : 'down'} sw:p3` } });
    recorded += EVENTS_OF_COMMAND;
  }
  return inputs;
}

interface Opened {
  readonly records: readonly LogRecord[];
  readonly moments: Moments;
}

/** Runs inputs once: the records that a log would have, and moments to go on from. */
function opened(newEngine: NewEngine, inputs: readonly Input[], every: number): Opened {
  const records: LogRecord[] = [];
  const moments = Moments.of(newEngine, courseOfInputs(inputs), every, (decided) => {
    for (const { event, body, chain } of decided) {
      records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: false });
    }
  });
  return { records, moments };
}

/** What recorded state answers, and what only re-execution does: both turn false at nine tenths of the lab. */
function bisectLong(plan: Plan): Row[] {
  if (isLeftOut(plan, BISECT)) return [];
  const newEngine = enginesOf(plan);
  const { records } = opened(newEngine, flapping(BISECT_EVENTS, 1), BISECT_EVENTS);
  const course = courseOf(records);
  const late = records[Math.floor(records.length * 0.9)];
  const turns = Math.floor((late === undefined ? 0 : decodeBody(late.body).atNs) / STEP_NS);
  const row = (name: string, check: string): Row => {
    const expectation = readExpectation(course.lab, check);
    const positions = new Set<number>();
    const samples = repeat(SAMPLES, () =>
      wallNs(() => {
        const events = records.map(({ body }) => decodeBody(body));
        positions.add(bisect(newEngine, course, events, expectation).event?.position ?? 0);
      }),
    );
    const [position = 0] = positions;
    if (positions.size !== 1 || position === 0) throw new Error(`${name}: expected one event, found ${[...positions].join(', ')}`);
    return rowOf(name, 'ms', inMs(samples), { digest: String(position) });
  };
  return [
    row(BISECT, `{ event: InterfaceLinkChanged, where: { node: sw, up: false }, count: { max: ${Math.floor(turns / 2)} } }`),
    row(BISECT_FLOW, `{ flow: up, received: { max: ${turns} } }`),
  ];
}

function explainLong(plan: Plan): Row[] {
  if (isLeftOut(plan, EXPLAIN)) return [];
  const newEngine = enginesOf(plan);
  const { records, moments } = opened(newEngine, flapping(EXPLAIN_EVENTS, 10), MOMENT_EVERY);
  const lab = openLab(records);
  const endNs = lab.history.at(lab.history.end)?.atNs ?? 0;
  const hash = createHash('sha256');
  const describe = ({ type }: { readonly type: string }): string => type;
  let sample = 0;
  const samples = repeat(SAMPLES, () => {
    const atNs = Math.floor((endNs * ++sample) / (SAMPLES + 1));
    return wallNs(() => {
      const explained = explainFrame(lab, { at: 'b:eth0', which: { atNs } }, { newEngine, describe, moments });
      if (!explained.sameChain || !explained.sameRegion) throw new Error(`${EXPLAIN}: watching changed the lab`);
      hash.update(JSON.stringify(explained.stages));
    });
  });
  return [rowOf(EXPLAIN, 'ms', inMs(samples), { digest: toHex(hash.digest()).slice(0, 16) })];
}

function inMs(ns: readonly number[]): number[] {
  return ns.map((one) => one / 1e6);
}

function isLeftOut({ quick, note }: Plan, name: string): boolean {
  if (quick) note(`${name}: left out by --quick, because the lab has to be made first`);
  return quick;
}

export const DEBUGGER: readonly Benchmark[] = [
  { name: BISECT, run: bisectLong },
  { name: EXPLAIN, run: explainLong },
];
