/**
 * Virtual time: integer nanoseconds since a lab began, as a branded safe integer.
 *
 * The brand keeps instants apart from plain numbers. Virtual time ends at 2^53-1 ns (104 days); `nanos` refuses
 * anything that is not a whole number in that range, so no sum can silently lose precision.
 */
export type Nanos = number & { readonly __unit: 'ns' };

/** The last instant of virtual time, 2^53-1 ns: about 104 days. */
export const NANOS_MAX = Number.MAX_SAFE_INTEGER as Nanos;

export const NANOS_PER_SECOND = 1_000_000_000;

/**
 * Checks that a number is an instant of virtual time.
 * @throws RangeError when it is not a whole number from 0 to 2^53-1.
 */
export function nanos(value: number): Nanos {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${value} is not an instant of virtual time: expected a whole number of ns from 0 to 2^53-1`);
  }
  return value as Nanos;
}

const UNIT_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9 };

/** Reads "12.5s", "400ms", "1us", "0"; null when the text is no duration or not a whole number of nanoseconds. */
export function parseDuration(text: string): Nanos | null {
  const match = /^(\d+)(?:\.(\d{1,9}))?\s*(ns|us|ms|s|m|min|h)?$/.exec(text.trim());
  if (!match) return null;
  const [, whole = '', fraction = '', unit] = match;
  if (unit === undefined) return whole === '0' && fraction === '' ? (0 as Nanos) : null;
  const scale = BigInt(UNIT_NS[unit] ?? 0);
  const digits = BigInt(whole + fraction) * scale;
  const divisor = 10n ** BigInt(fraction.length);
  if (digits % divisor !== 0n) return null;
  const value = digits / divisor;
  return value <= BigInt(NANOS_MAX) ? (Number(value) as Nanos) : null;
}

/** Seconds with nine decimals: 12.500000000. One spelling everywhere, so that columns line up and diffs are small. */
export function formatSeconds(at: number): string {
  const whole = Math.floor(at / NANOS_PER_SECOND);
  return `${whole}.${String(at - whole * NANOS_PER_SECOND).padStart(9, '0')}`;
}

const SHORT_UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
] as const;

/** "8s", "500ms", "1500us": in the largest unit that is exact; the shortest text that `parseDuration` reads back. */
export function shortDuration(ns: number): string {
  const unit = SHORT_UNITS.find(([, scale]) => ns % scale === 0);
  return unit === undefined ? `${ns}ns` : `${ns / unit[1]}${unit[0]}`;
}
