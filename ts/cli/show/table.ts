/** All `show` commands, and how one is chosen. */
import { nearest } from '../../values/did-you-mean.ts';
import { CliError, EXIT } from '../errors.ts';
import { SHOW_ARP } from './arp.ts';
import { SHOW_CONFIG_DIFF, SHOW_CONFIG_RUNNING } from './config.ts';
import { SHOW_HA_ALL, SHOW_HA_STATE } from './ha.ts';
import { SHOW_INTERFACE } from './interfaces.ts';
import { SHOW_MAC } from './mac.ts';
import { SHOW_NEIGHBOUR } from './neighbours.ts';
import { SHOW_ROUTE } from './routes.ts';
import { SHOW_SESSION_ALL, SHOW_SESSION_INFO } from './sessions.ts';
import type { Show } from './show.ts';

export const SHOWS: readonly Show[] = [
  SHOW_HA_ALL,
  SHOW_HA_STATE,
  SHOW_ARP,
  SHOW_NEIGHBOUR,
  SHOW_ROUTE,
  SHOW_INTERFACE,
  SHOW_MAC,
  SHOW_SESSION_ALL,
  SHOW_SESSION_INFO,
  SHOW_CONFIG_RUNNING,
  SHOW_CONFIG_DIFF,
];

/** The command that words stand for, however they are spaced. @throws CliError, with the one that was probably meant. */
export function showNamed(words: readonly string[]): Show {
  const typed = words.join(' ').trim().split(/\s+/).join(' ');
  const found = SHOWS.find(({ command }) => command === typed);
  if (found !== undefined) return found;
  const commands = SHOWS.map(({ command }) => command);
  const near = nearest(typed, commands);
  const hint = near === null ? `expected one of: ${commands.join(', ')}` : `did you mean "${near}"?`;
  throw new CliError(EXIT.usage, `there is no command "${typed}"; ${hint}`);
}
