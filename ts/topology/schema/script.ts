/** Shape of what a run does to a lab and expects of it: flows, steps and checks. */
import { FLOW_OUTCOMES, FLOW_PROTOCOLS, FLOW_RATE_MAX } from '../../model/lab/flow.ts';
import { ETHERNET_HEADER_BYTES, EXPECTATIONS_PER_CHECK_MAX, FRAME_BYTES_MIN, MTU_MAX } from '../draft/limits.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

export const flowSchema: Schema = value.closed(
  'a flow',
  'Numbered UDP frames, or the segments of a TCP connection, from a host to an address.',
  {
    from: value.endpoint('Interface of the host that sends, "node:interface".'),
    to: value.text('an IPv4 address such as 10.0.1.1', 'Address the frames go to, of IPv4 or IPv6.', 'any-address'),
    protocol: value.word('a protocol', 'What is sent: UDP frames, or one TCP connection. Default udp.', FLOW_PROTOCOLS),
    rate: {
      title: 'a number of frames per second',
      description: 'Frames per second. Default 1000.',
      type: 'number',
      minimum: 0.001,
      maximum: FLOW_RATE_MAX,
    },
    size: value.integer(
      'a frame size',
      'Bytes of each frame (TCP: of each with data, at least 70) without the frame check sequence; at most the MTU plus 14. Default 128.',
      FRAME_BYTES_MIN,
      MTU_MAX + ETHERNET_HEADER_BYTES,
    ),
    start: value.duration('When the first frame is born. Default 0.'),
    stop: value.duration(
      'No frame is born at or after this time (TCP: the connection is closed). Default: as long as the lab runs.',
    ),
  },
  ['from', 'to'],
);

export const stepSchema: Schema = value.closed(
  'a step',
  'A command at a virtual time.',
  {
    at: value.duration('When.'),
    run: { title: 'a command', description: 'A command as typed, such as "crash fw1".', type: 'string' },
  },
  ['at', 'run'],
);

const within = {
  from: value.duration('Start of the time looked at. Default 0.'),
  to: value.duration('End of it, inclusive. Default: the end of the run.'),
  within: value.duration('Length of it; instead of `to`.'),
};

const node = (description: string): Schema => ({ title: 'a node name', description, type: 'string' });

/** Bounds of a time. */
function spanBounds(what: string): Schema {
  const bounds = { min: value.duration('At least.'), max: value.duration('At most.') };
  return { ...value.closed('bounds', `${what}: {min, max}, both inclusive.`, bounds), minProperties: 1 };
}

const expectation = value.closed('an expectation', 'One of event, neighbour, ha, flow and drops, with what is expected of it.', {
  event: { title: 'an event type', description: 'Events of this type, such as HaStateChanged.', type: 'string' },
  where: {
    title: 'a map of field values',
    description: 'Values the events must have.',
    type: 'object',
    additionalProperties: {
      title: 'a field value (text, number, true or false)',
      description: 'Value of the field.',
      type: ['string', 'number', 'boolean'],
    },
  },
  neighbour: value.closed(
    'a neighbour',
    'What a node believes about an address.',
    {
      node: node('Whose neighbour cache.'),
      ip: value.text('an IPv4 address such as 10.0.1.1', 'The address asked about, of IPv4 or IPv6.', 'any-or-link-local'),
      interface: {
        title: value.INTERFACE_TITLE,
        description: 'The interface whose entry is meant; without it, every entry of the node for the address must have the MAC.',
        type: 'string',
      },
    },
    ['node', 'ip'],
  ),
  mac: value.text('a MAC, "node:interface" (the MAC it uses) or none', 'The MAC expected of the neighbour.', 'mac-or-endpoint'),
  ha: node('The firewall whose HA state is looked at.'),
  state: value.word('an HA state', 'HA state (HA-01).', ['initial', 'passive', 'active', 'non-functional', 'suspended']),
  flow: { title: 'the name of a flow', description: 'The flow whose totals are looked at.', type: 'string' },
  received: value.bounds('a number of frames', 'Frames that arrived.'),
  lost: value.bounds('a number of frames', 'Frames that did not arrive.'),
  'longest-gap': spanBounds('Longest time between two arrivals'),
  rate: value.bounds('a number of frames per second', 'Arrivals per second while the flow is sent.'),
  'latency-p50': spanBounds('Time that half of the frames took at most'),
  'latency-p99': spanBounds('Time that 99 of 100 frames took at most'),
  'latency-mean': spanBounds('Mean time from birth to arrival'),
  outcome: value.word('an outcome of a TCP flow', 'What became of its connection (TCP).', FLOW_OUTCOMES),
  stall: spanBounds('Longest time without progress of a TCP flow, over retransmissions'),
  retransmissions: value.bounds('a number of segments', 'Segments that were sent again (TCP).'),
  'limited-by': {
    title: 'the name of a node, or line',
    description: 'Whose core is at work nearly all the time while the flow runs; line when none is (COST-01).',
    type: 'string',
  },
  drops: value.closed('drops', 'Frames that died. Left out: any place, any reason.', {
    at: value.text('a node or "node:interface"', 'Where.', 'place'),
    reason: { title: 'a drop reason', description: 'Why, such as interface-down.', type: 'string' },
  }),
  count: value.bounds('a number', 'How many. Default: at least one.'),
  at: value.duration('The time looked at. Default: the end of the run.'),
  ...within,
});

export const checkSchema: Schema = value.closed(
  'a check',
  'Something a run must show.',
  {
    description: { title: 'a text', description: 'What the check means, for people.', type: 'string' },
    expect: value.list('All of these must hold.', expectation, EXPECTATIONS_PER_CHECK_MAX, 1),
  },
  ['expect'],
);
