/** Numbers and lengths of time, for people; the same everywhere, whatever the locale. */

/** 58900 as "58,900". */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 frame", "2 frames". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A length of time: 9.502 s, 6.726 us. */
export function span(ns: number): string {
  if (ns === 0) return '0';
  const [unit, scale] = ns >= 1e9 ? ['s', 1e9] : ns >= 1e6 ? ['ms', 1e6] : ns >= 1e3 ? ['us', 1e3] : ['ns', 1];
  return `${Number((ns / scale).toFixed(3))} ${unit}`;
}
