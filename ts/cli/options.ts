/** Options and arguments that several verbs share, each explained once. */
import { Option } from 'commander';
import { type Nanos, parseDuration } from '../values/nanos.ts';
import { CliError, EXIT } from './errors.ts';

export interface DataOptions {
  readonly data: string;
}

/** --data, the directory of the embedded log. */
export function dataOption(): Option {
  // An empty variable is how shells unset one for a single command; commander would take it for a directory.
  if (process.env['SWITCHBACK_DATA'] === '') delete process.env['SWITCHBACK_DATA'];
  return new Option('--data <dir>', 'directory of recorded labs').env('SWITCHBACK_DATA').default('.switchback');
}

/** -f, one of the formats a verb has; the first is the default. */
export function formatOption(...formats: readonly [string, ...string[]]): Option {
  return new Option('-f, --format <format>', 'output format').choices(formats).default(formats[0]);
}

/** A virtual time such as 12.5s. @throws CliError */
export function timeOf(text: string, what: string): Nanos {
  const at = parseDuration(text);
  if (at === null)
    throw new CliError(EXIT.usage, `${what}: "${text}" is not a time; expected a number with a unit, such as 12.5s or 400ms`);
  return at;
}

export type Moment = { readonly position: number } | { readonly atNs: Nanos };

/** A position (98) or a virtual time (12.5s). @throws CliError */
export function momentOf(text: string, what: string): Moment {
  if (/^\d+$/.test(text)) {
    const position = Number(text);
    if (position >= 1 && Number.isSafeInteger(position)) return { position };
    throw new CliError(EXIT.usage, `${what}: positions start at 1; a time needs a unit, such as ${text}s`);
  }
  const atNs = parseDuration(text);
  if (atNs !== null) return { atNs };
  throw new CliError(EXIT.usage, `${what}: "${text}" is neither a position such as 98 nor a time such as 12.5s`);
}
