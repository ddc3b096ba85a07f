/** What the page shows of a lab when its first piece is there, and when it has become longer. */
import type { OpenedLab } from '../ask/questions.ts';
import { reachOf, whole } from '../timeline/view.ts';
import type { Address } from './address.ts';
import type { PageState } from './page-state.ts';

/** @param address the moment that the browser's address names; null for none of this lab */
export function begunWith(lab: OpenedLab, address: Address | null): Partial<PageState> {
  const axis = address?.axis ?? 'time';
  const reach = reachOf(axis, lab.positions, lab.endNs);
  const isNode = lab.nodes.some(({ name }) => name === address?.selected);
  const selected = isNode ? (address?.selected ?? null) : null;
  return { phase: 'open', isReading: true, lab, selected, tab: address?.tab ?? 'state', view: whole(axis, reach), reach };
}

/** A view of all of a lab goes on to show all of it. */
export function grownTo(lab: OpenedLab, { view, reach }: PageState): Partial<PageState> {
  const longer = reachOf(view.axis, lab.positions, lab.endNs);
  const showsAll = view.from <= reach.from && view.to >= reach.to;
  return { lab, reach: longer, view: showsAll ? whole(view.axis, longer) : view };
}

/** The last event at or before a time; 0 where none is. */
export function positionAt({ events: { atNs: times }, positions }: OpenedLab, atNs: number): number {
  let [low, high] = [0, positions];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
