/** Line rates, byte sizes and chances as people write them. */

const RATE_FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const PPM = 1_000_000;
/** One percent is 10,000 parts per million. */
const PERCENT_FACTORS: Readonly<Record<string, number>> = { '%': 10_000 };
const SIZE_FACTORS: Readonly<Record<string, number>> = { '': 1, B: 1, kB: 1e3, KB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 };

/** "10G", "2.5G", "100M", "10Gbit/s" or "unlimited" (0) in bits per second; null when it is no rate. */
export function parseRate(text: string): number | null {
  if (text.trim() === 'unlimited') return 0;
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?\s*([kKMGT]?)(?:bit\/s|bps)?$/.exec(text.trim());
  return match && scaled(match, RATE_FACTORS);
}

/** "500", "0.5", "2.5k" or "1M" frames per second; null when it is no number of them. */
export function parseFrameRate(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)([kKM]?)$/.exec(text);
  return match === null ? null : Number(match[1]) * (RATE_FACTORS[match[2] ?? ''] ?? 1);
}

/** "256KiB", "1MiB", "1500B" or "1500" in bytes; null when it is no size. */
export function parseByteSize(text: string): number | null {
  const match = /^(\d{1,15})(?:\.(\d{1,6}))?\s*(B|kB|KB|MB|KiB|MiB)?$/.exec(text.trim());
  return match && scaled(match, SIZE_FACTORS);
}

/** "1%", "0.05%" or "0" in parts per million, 0 to 1,000,000; null when it is no percentage or finer than one in a million. */
export function parsePercent(text: string): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,4}))?\s*%?$/.exec(text.trim());
  const ppm = match && scaled([match[0], match[1], match[2], '%'] as unknown as RegExpExecArray, PERCENT_FACTORS);
  return ppm === null || ppm > PPM ? null : ppm;
}

function scaled(
  [, whole = '', fraction = '', unit = '']: RegExpExecArray,
  factors: Readonly<Record<string, number>>,
): number | null {
  const scale = BigInt(factors[unit] ?? 0);
  const digits = BigInt(whole + fraction) * scale;
  const divisor = 10n ** BigInt(fraction.length);
  const value = digits / divisor;
  return digits % divisor === 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : null;
}

/** The fastest pace: a thousand seconds of virtual time in one. */
const PACE_PERMILLE_MAX = 1_000_000;

/** A pace, virtual time per wall time: "0.5x" as 500 thousandths; null for what is none, from 0.001x to 1000x. */
export function parsePace(text: string): number | null {
  const match = /^(\d{1,4})(?:\.(\d{1,3}))?x$/.exec(text);
  if (match === null) return null;
  const permille = Number(match[1]) * 1000 + Number((match[2] ?? '').padEnd(3, '0'));
  return permille >= 1 && permille <= PACE_PERMILLE_MAX ? permille : null;
}

const PORT_MAX = 65_535;

/** "80" or "1024-2047" as first and last port, from 1; null when it is neither, or runs backwards. */
export function parsePortRange(text: string): { readonly first: number; readonly last: number } | null {
  const match = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(text);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= PORT_MAX ? { first, last } : null;
}
