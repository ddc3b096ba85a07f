/** The HA process of a firewall. */

import { command, family, value, word } from '../grammar.ts';
import { choice, node } from '../values.ts';

const haProcess = command({
  verb: 'ha-process',
  grammar: [word('ha-process'), value('node', node('FIREWALL')), value('running', choice({ stop: false, start: true }))],
  kinds: ['firewall'],
  help: 'Stops or starts only the HA process; the unit keeps running.',
  doc: [
    '`HaProcessChanged`. The peer then misses the hellos (HA-04): `HaPeerLost`, `HaStateChanged`, `GarpSent`. Refused for a firewall',
    'that is not in a pair.',
  ],
  examples: ['ha-process fw1 stop'],
});

const suspend = command({
  verb: 'suspend',
  grammar: [word('suspend'), value('node', node('FIREWALL'))],
  kinds: ['firewall'],
  help: 'Suspends a unit of an HA pair, as operators do with request high-availability state suspend; its peer takes over at once.',
  doc: [
    '`HaStateChanged` to suspended (HA-13), and at the peer to active. HA links stay up. The unit returns by `functional` only. Refused',
    'for a firewall that is in no pair, has no power or no HA process, or is suspended already.',
  ],
  examples: ['suspend fw1'],
});

const functional = command({
  verb: 'functional',
  grammar: [word('functional'), value('node', node('FIREWALL'))],
  kinds: ['firewall'],
  help: 'Brings a suspended unit back, as operators do with request high-availability state functional.',
  doc: [
    '`HaStateChanged` to initial (HA-13): the unit looks for its peer, and is passive beside an active one. Refused for a unit that is',
    'not suspended, or whose HA process is stopped.',
  ],
  examples: ['functional fw1'],
});

export const HA = family('HA', [haProcess, suspend, functional]);
