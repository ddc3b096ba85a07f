/** Traffic on demand, and what an operator clears. */

import { command, family, optional, value, word } from '../grammar.ts';
import { count, DURATION, IP, node } from '../values.ts';

const LAYER3 = ['firewall', 'host', 'router'] as const;

interface PingSettings {
  readonly count: number;
  readonly size: number;
  readonly intervalNs: number;
}

const ping = command({
  verb: 'ping',
  grammar: [
    word('ping'),
    value('node', node('NODE')),
    value('ip', IP),
    optional<PingSettings>({
      count: { field: 'count', value: count('N', 4) },
      size: { field: 'size', value: count('BYTES', 4) },
      interval: { field: 'intervalNs', value: DURATION },
    }),
  ],
  kinds: LAYER3,
  help: 'A node sends ICMP echo requests to an address, and times the answers.',
  doc: [
    '`PingAnswered` for each answer, with its time in nanoseconds; `PingFinished` when all are answered, or two seconds after the last',
    'request. Without settings: `count 5`, `size 56` (bytes behind the ICMP header), `interval 1s`. The requests are packets like',
    "any other: they follow the node's routes, wait for ARP (ARP-01), and are dropped where others are. The time of the first holds",
    'that of ARP. In a lab whose time moves by steps, answers come with the next `step`. Refused without a route to the address.',
  ],
  examples: ['ping client1 192.0.2.10', 'ping fw1 10.0.1.11 count 3 size 1000 interval 200ms'],
});

const arpClear = command({
  verb: 'arp-clear',
  grammar: [
    word('arp'),
    word('clear'),
    value('node', node('NODE')),
    optional<{ readonly ip: string }>({ address: { field: 'ip', value: IP } }),
  ],
  kinds: LAYER3,
  help: 'A node forgets its neighbours, or the one with an address; the next packet to it asks again (ARP-01).',
  doc: ['`NeighbourUpdated` for each entry. Refused for a node without power, and where there is no such entry.'],
  examples: ['arp clear client1', 'arp clear fw1 address 10.0.1.11'],
});

export const TRAFFIC = family('Traffic', [ping, arpClear]);
