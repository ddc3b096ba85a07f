/** Moments, as people write them in an address. */
import type { Until } from '../engine/replay.ts';
import { parseDuration } from '../values/nanos.ts';

/** A position (98) or a virtual time (12.5s); null for neither. */
export function parseMoment(text: string): Until | null {
  if (!/^\d+$/.test(text)) {
    const atNs = parseDuration(text);
    return atNs === null ? null : { atNs };
  }
  const position = Number(text);
  return position >= 1 && Number.isSafeInteger(position) ? { position } : null;
}
