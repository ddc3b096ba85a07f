/**
 * The debugger on long histories. Opening a lab (running it once, with moments to go on from) is not measured: it is done once for all
 * questions. Times are processor time.
 */
import { bisect } from '../debug/bisect.ts';
import { courseOf } from '../debug/course.ts';
import { decodeBody } from '../model/events/codec.ts';
import { readExpectation } from '../topology/read-expectation.ts';
import { processorNs, repeat } from './clock.ts';
import { enginesOf, flapping, opened, STEP_NS } from './flapping.ts';
import type { Benchmark, Plan } from './plan.ts';
import { type Row, rowOf } from './row.ts';

const BISECT_EVENTS = 100_000;
const SAMPLES = 5;
const BISECT = `bisect in ${BISECT_EVENTS.toLocaleString('en')} events`;
const BISECT_FLOW = `${BISECT}, of a flow`;

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

function inMs(ns: readonly number[]): number[] {
  return ns.map((one) => one / 1e6);
}

function isLeftOut({ quick, note }: Plan, name: string): boolean {
  if (quick) note(`${name}: left out by --quick, because the lab has to be made first`);
  return quick;
}

export const DEBUGGER: readonly Benchmark[] = [{ name: BISECT, run: bisectLong }];
