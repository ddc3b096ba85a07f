/**
 * How many frames each flow had sent, received and lost, at moments on the way of a re-execution. Between two of them nothing is on record
 * that would say more, so whoever draws it draws a straight line.
 */
import type { Engine } from '../../engine/engine.ts';
import type { FlowHistory } from '../ask/questions.ts';

/** Of more flows, the first: the rest is in State. */
const FLOWS_MAX = 32;
/** Moments that are kept; beyond this, every second one goes and the distance doubles. */
const MOMENTS_MAX = 1024;
/** Moments are this far apart at first, ns. */
const APART_NS = 1_000_000;

type Counts = readonly [sent: number, received: number, lost: number];

export class FlowSeries {
  #moments: (readonly [atNs: number, flows: readonly Counts[]])[] = [];
  #apartNs = APART_NS;

  /** Keeps what an engine has counted by now, unless that was done a moment ago. @param isLast keeps it anyway */
  take(engine: Engine, isLast = false): void {
    const { nowNs, control } = engine.dataplane;
    const beforeNs = this.#moments.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
    if (nowNs <= beforeNs || (!isLast && nowNs - beforeNs < this.#apartNs)) return;
    const flows = engine.lab.lab.flows.slice(0, FLOWS_MAX).map((_, id): Counts => {
      const { sent, copied, received, dropped } = control.readFlow(id);
      return [Number(sent), Number(received), Number(dropped - copied)];
    });
    this.#moments.push([nowNs, flows]);
    if (this.#moments.length <= MOMENTS_MAX) return;
    this.#apartNs *= 2;
    this.#moments = this.#moments.filter((_, index) => index % 2 === 0);
  }

  /** What was kept. @param names of the lab's flows, in its order */
  history(names: readonly string[]): FlowHistory {
    const column = (flow: number, of: 0 | 1 | 2): Float64Array =>
      Float64Array.from(this.#moments, ([, flows]) => Math.max(0, flows[flow]?.[of] ?? 0));
    const flows = names.slice(0, FLOWS_MAX).map((name, flow) => {
      return { name, sent: column(flow, 0), received: column(flow, 1), lost: column(flow, 2) };
    });
    return { atNs: Float64Array.from(this.#moments, ([atNs]) => atNs), flows };
  }
}
