import { parseDuration } from '../values/nanos.ts';

/** A stretch of time as programs write it, ns. @throws RangeError for what is none */
export function spanNs(text: string): number {
  const ns = parseDuration(text);
  if (ns === null) throw new RangeError(`"${text}" is no duration; expected one with a unit, such as 20s, 400ms or 1us`);
  return ns;
}
