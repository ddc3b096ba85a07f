/** The HA process of a firewall. */

import { command, family, value, word } from '../grammar.ts';
import { choice, node } from '../values.ts';

const haProcess = command({
  verb: 'ha-process',
  grammar: [word('ha-process'), value('node', node('FIREWALL')), value('running', choice({ stop: false, start: true }))],
  kinds: ['firewall'],
  help: 'Stops or starts the HA process alone, while the unit goes on running.',
  doc: [
    '`HaProcessChanged`. Its peer misses the hellos (HA-04): `HaPeerLost`, `HaStateChanged`, `GarpSent`. Refused for a firewall',
    'that is in no pair.',
  ],
  examples: ['ha-process fw1 stop'],
});

export const HA = family('HA', [haProcess]);
