/**
 * The moment in the address: "#/ha@98?sel=fw1&tab=why". Whoever has the lab and the address sees the same; an address with the lab in it,
 * "#lab=jVTb…@98?sel=fw1&tab=why", is enough by itself.
 */
import type { Axis } from '../timeline/view.ts';

export const TABS = ['state', 'diff', 'why', 'frames', 'do'] as const;
export type Tab = (typeof TABS)[number];

export interface Address {
  /** Name of the lab; empty where the address has the lab itself. */
  readonly lab: string;
  /** The lab itself, as links have it (ts/bundle/link.ts); empty where the address names one. */
  readonly code: string;
  readonly position: number | null;
  /** The other cursor. */
  readonly other: number | null;
  readonly selected: string | null;
  readonly tab: Tab;
  readonly axis: Axis;
}

/** @returns null for a fragment that is no moment of a lab */
export function readAddress(fragment: string): Address | null {
  const [, lab = '', code = '', position, query = ''] =
    /^#(?:\/([^@?]+)|lab=([^@?]*))(?:@(\d{1,10}))?(?:\?(.*))?$/.exec(fragment) ?? [];
  if (lab === '' && !fragment.startsWith('#lab=')) return null;
  const asked = new URLSearchParams(query);
  return {
    lab: decoded(lab),
    code,
    position: position === undefined ? null : Number(position),
    other: /^\d{1,10}$/.test(asked.get('b') ?? '') ? Number(asked.get('b')) : null,
    selected: asked.get('sel'),
    tab: TABS.find((one) => one === asked.get('tab')) ?? 'state',
    axis: asked.get('axis') === 'event' ? 'event' : 'time',
  };
}

export function writeAddress({ lab, code, position, other, selected, tab, axis }: Address): string {
  const asked = new URLSearchParams();
  if (selected !== null) asked.set('sel', selected);
  if (tab !== 'state') asked.set('tab', tab);
  if (axis !== 'time') asked.set('axis', axis);
  if (other !== null) asked.set('b', String(other));
  const query = asked.size === 0 ? '' : `?${asked}`;
  const place = code === '' ? `/${encodeURIComponent(lab)}` : `lab=${code}`;
  return `#${place}${position === null ? '' : `@${position}`}${query}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
