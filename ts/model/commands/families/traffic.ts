/** Traffic on demand, and what an operator clears. */

import { command, family, optional, value, word } from '../grammar.ts';
import { ANY_IP, count, DURATION, FLOW, FRAME_RATE, IP, node } from '../values.ts';

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
    value('ip', ANY_IP),
    optional<PingSettings>({
      count: { field: 'count', value: count('N', 4) },
      size: { field: 'size', value: count('BYTES', 4) },
      interval: { field: 'intervalNs', value: DURATION },
    }),
  ],
  kinds: LAYER3,
  help: 'A node sends ICMP echo requests to an address of IPv4 or IPv6, and times the answers.',
  doc: [
    '`PingAnswered` for each answer, with its time in nanoseconds; `PingFinished` when all are answered, or two seconds after the last',
    'request. Without settings: `count 5`, `size 56` (bytes behind the ICMP header), `interval 1s`. The requests are packets like',
    "any other: they follow the node's routes, wait for ARP or neighbour discovery (ARP-01, ND-02), and are dropped where others are. The time of",
    'the first holds that of ARP. In a lab whose time moves by steps, answers come with the next `step`. Refused without a route to the',
    'address, and for a link-local one, which says not which interface it is reached by.',
  ],
  examples: ['ping client1 192.0.2.10', 'ping fw1 10.0.1.11 count 3 size 1000 interval 200ms', 'ping client1 2001:db8:2::10'],
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

interface FlowSettings {
  readonly rate: number;
  readonly forNs: number;
}

const flowStart = command({
  verb: 'flow-start',
  grammar: [
    word('flow'),
    word('start'),
    value('flow', FLOW),
    optional<FlowSettings>({
      rate: { field: 'rate', value: FRAME_RATE },
      for: { field: 'forNs', value: DURATION },
    }),
  ],
  help: 'A flow of the lab file that does not send begins to, now.',
  doc: [
    '`FlowChanged`. Its first frame leaves at once, the later ones in the rhythm of its `rate` in frames per second (`500`, `2.5k`, `1M`);',
    'without it, in the rhythm that it had. It sends `for` a time, or until `flow stop`. Frames are numbered on, and the time in which it',
    'did not send counts as no gap. Refused for a flow that sends already, for a host without power, and for a rate of zero or',
    'above the line that the host sends on.',
  ],
  examples: ['flow start web', 'flow start web rate 2k for 10s'],
});

const flowStop = command({
  verb: 'flow-stop',
  grammar: [word('flow'), word('stop'), value('flow', FLOW)],
  help: 'A flow stops, now; one that the file starts later does not start.',
  doc: ['`FlowChanged`. Frames on their way still arrive. Refused for a flow that has stopped, and for a host without power.'],
  examples: ['flow stop web'],
});

const flowRate = command({
  verb: 'flow-rate',
  grammar: [word('flow'), word('rate'), value('flow', FLOW), value('rate', FRAME_RATE)],
  help: 'A flow sends so many frames per second from now on.',
  doc: [
    '`FlowChanged`. Its next frame leaves at once, and the new rhythm counts from there; when it stops stays as it was. The report',
    'gives the frames per second since this change. Refused for a flow that does not send now, for a host without power, and for a',
    'rate of zero or above the line that the host sends on.',
  ],
  examples: ['flow rate web 500', 'flow rate web 2.5k'],
});

export const TRAFFIC = family('Traffic', [ping, arpClear, flowStart, flowStop, flowRate]);
