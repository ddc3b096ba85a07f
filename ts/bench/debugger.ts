/**
 * The debugger on long histories. Opening a lab (running it once, with moments to go on from) is not measured: it is done once for all
 * questions. Times are processor time.
 */
import { createHash } from 'node:crypto';
import { bisect } from '../debug/bisect.ts';
import { courseOf } from '../debug/course.ts';
import { explainFrame } from '../debug/explain/explain-frame.ts';
import { openLab } from '../debug/explain/open-lab.ts';
import { toHex } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import { readExpectation } from '../topology/read-expectation.ts';
import { processorNs, repeat } from './clock.ts';
import { enginesOf, flapping, opened, STEP_NS } from './flapping.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const BISECT_EVENTS = 100_000;
const EXPLAIN_EVENTS = 1_000_000;
/** Events between two moments of an open lab. */
const MOMENT_EVERY = 4000;
const SAMPLES = 5;
const BISECT = `bisect in ${BISECT_EVENTS.toLocaleString('en')} events`;
const BISECT_FLOW = `${BISECT}, of a flow`;
const EXPLAIN = `explain a frame in ${EXPLAIN_EVENTS.toLocaleString('en')} events`;

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
      processorNs(() => {
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
    return processorNs(() => {
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
