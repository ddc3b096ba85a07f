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

export const HA = family('HA', [haProcess]);
