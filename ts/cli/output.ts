/** Where words go: results to stdout, everything else to stderr; colours only where a person looks. */

/** Prints a result, with a line end. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Tells the person at the terminal something that is no result. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'warn' | 'accent';

const CODES: Readonly<Record<Exclude<Tone, 'plain'>, number>> = { strong: 1, dim: 2, good: 32, bad: 31, warn: 33, accent: 36 };

/** NO_COLOR (any value but the empty one) forbids colours, FORCE_COLOR asks for them; else they are for terminals. */
export function hasColours(stream: NodeJS.WriteStream = process.stdout): boolean {
  if ((process.env['NO_COLOR'] ?? '') !== '') return false;
  const forced = process.env['FORCE_COLOR'] ?? '';
  return forced === '' ? stream.isTTY === true : forced !== '0';
}

export function paint(tone: Tone, text: string): string {
  return tone === 'plain' || text === '' || !hasColours() ? text : `\u001b[${CODES[tone]}m${text}\u001b[0m`;
}

/** 58900 as "58,900"; the same everywhere, whatever the locale. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 frame", "2 frames". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A length of time for people: 9.502 s, 6.726 us. */
export function span(ns: number): string {
  if (ns === 0) return '0';
  const [unit, scale] = ns >= 1e9 ? ['s', 1e9] : ns >= 1e6 ? ['ms', 1e6] : ns >= 1e3 ? ['us', 1e3] : ['ns', 1];
  return `${Number((ns / scale).toFixed(3))} ${unit}`;
}
