/** Times and positions as the page writes them. */
import type { View } from './view.ts';

const UNITS: readonly (readonly [unit: string, ns: number])[] = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
];

/** "12.5 s": as few digits as tell two neighbouring marks apart. */
export function tickText({ axis, from, to }: View, value: number, ticks: number): string {
  if (axis === 'event') return `#${Math.round(value)}`;
  const step = (to - from) / Math.max(1, ticks);
  const [unit, ns] = UNITS.find(([, scale]) => Math.max(value, step) >= scale) ?? (['ns', 1] as const);
  const digits = Math.max(0, Math.min(9, Math.ceil(Math.log10(ns / step))));
  return `${(value / ns).toFixed(digits)} ${unit}`;
}

/** "12.500000000 s". */
export function timeText(ns: number): string {
  const whole = Math.floor(ns / 1e9);
  return `${whole}.${String(Math.round(ns - whole * 1e9)).padStart(9, '0')} s`;
}

/** A moment as people type it: "#98", "98", "12.5s", "12.5". Null for what is none. */
export function momentIn(text: string): { readonly position: number } | { readonly atNs: number } | null {
  const [, position] = /^\s*#(\d{1,10})\s*$/.exec(text) ?? [];
  if (position !== undefined) return { position: Number(position) };
  const [, number, unit] = /^\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|ms|us|µs|ns)?\s*$/.exec(text) ?? [];
  if (number === undefined) return null;
  if (unit === undefined) return number.includes('.') ? { atNs: Math.round(Number(number) * 1e9) } : { position: Number(number) };
  const scale = UNITS.find(([name]) => name === (unit === 'us' ? 'µs' : unit))?.[1] ?? 1;
  return { atNs: Math.round(Number(number) * scale) };
}
