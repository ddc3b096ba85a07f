/** Frames dropped so far, by place and reason: exact at any moment, also within a second that is not yet recorded. */
import type { Engine } from '../../engine/engine.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';

export interface DropCount {
  /** "node:interface"; empty when too many places dropped to tell them apart. */
  readonly at: string;
  readonly reason: string;
  readonly frames: number;
}

/** Most frames first; equal counts by place and reason. */
export function readDrops(engine: Engine): DropCount[] {
  const { control } = engine.dataplane;
  const totals = new Map<string, DropCount>();
  for (const { port, reason: number, total } of engine.dataplane.rows((start) => control.readDropRuns(start))) {
    const iface = engine.lab.lab.interfaces[port];
    const at = iface === undefined ? '' : endpointOf(iface);
    const reason = dropReasonName(number);
    const before = totals.get(`${at} ${reason}`)?.frames ?? 0;
    totals.set(`${at} ${reason}`, { at, reason, frames: before + Number(total) });
  }
  return sorted([...totals.values()]);
}

/** What was dropped between two counts. */
export function dropsSince(before: readonly DropCount[], after: readonly DropCount[]): DropCount[] {
  const old = new Map(before.map(({ at, reason, frames }) => [`${at} ${reason}`, frames]));
  const grown = after.map(({ at, reason, frames }) => ({ at, reason, frames: frames - (old.get(`${at} ${reason}`) ?? 0) }));
  return sorted(grown.filter(({ frames }) => frames > 0));
}

function sorted(counts: readonly DropCount[]): DropCount[] {
  const place = ({ at, reason }: DropCount): string => `${at} ${reason}`;
  return [...counts].sort((a, b) => b.frames - a.frames || (place(a) < place(b) ? -1 : 1));
}
