/** Shape of links: containerlab's brief and extended endpoints, and what a line does to its frames. */

import { ADDRESSES_PER_INTERFACE_MAX, LINK_QUEUE_BYTES_MAX, LINK_RATE_BPS_MAX, MTU_MAX, MTU_MIN } from '../draft/limits.ts';
import { WITH_COLON } from './formats.ts';
import type { Schema } from './values.ts';
import * as value from './values.ts';

const endpoint: Schema = {
  ...value.closed(
    'an endpoint',
    'One end: "node:interface", or a map that also says MAC and address.',
    {
      node: { title: 'a node name', description: 'Node.', type: 'string' },
      interface: value.text(value.INTERFACE_TITLE, 'Interface of the node.', 'interface-name'),
      mac: value.unicastMac('Initial MAC of the interface.'),
      ipv4: value.addresses(ADDRESSES_PER_INTERFACE_MAX),
    },
    ['node', 'interface'],
  ),
  title: 'an endpoint "node:interface"',
  type: ['string', 'object'],
  format: 'endpoint',
};

const impairmentTime = (description: string): Schema => ({
  ...value.duration(description),
  title: 'a time with a unit up to 4s, such as 5ms',
  format: 'impairment-time',
});

const impairments: Record<string, Schema> = {
  delay: impairmentTime("Added to the link's latency. Default 0."),
  jitter: impairmentTime('Each frame is late by a random time up to this; frames stay in order. Default 0.'),
  loss: value.percent('Share of frames that are lost, as impairment. Default 0.'),
  corruption: value.percent('Share of frames that arrive damaged and are dropped there, as corrupted. Default 0.'),
  rate: value.rate(
    'a rate such as 10M',
    "Bits per second instead of the link's own rate. Default 0: the link's own.",
    LINK_RATE_BPS_MAX,
  ),
};

/** One map, two spellings: words (both directions) or endpoints (each its own). The resolver says when they are mixed. */
const impair: Schema = {
  ...value.closed('an impairment', 'What the line does to frames, in both directions or by the interface they leave.', impairments),
  patternProperties: {
    [WITH_COLON.source]: value.closed(
      'an impairment',
      'Of the direction that leaves this interface, "node:interface".',
      impairments,
    ),
  },
};

export const linkSchema: Schema = value.closed(
  'a link',
  'A cable between two interfaces.',
  {
    type: value.word('a link type', "containerlab's word for a cable; may be left out.", ['veth']),
    endpoints: value.list('The two ends.', endpoint, 2, 2),
    rate: value.rate(
      'a rate such as 10G, 100M or unlimited',
      'Bits per second in each direction. Default 10G; 0 or unlimited takes no time.',
      LINK_RATE_BPS_MAX,
    ),
    latency: value.duration('Time on the wire. Default 1us.'),
    queue: {
      title: 'a size such as 256KiB',
      description: 'Bytes that may wait in each direction before frames are dropped as queue-full. Default 256KiB.',
      type: ['string', 'integer'],
      format: 'byte-size',
      minimum: 0,
      maximum: LINK_QUEUE_BYTES_MAX,
    },
    mtu: value.integer('an MTU', 'MTU of both interfaces, where they do not say their own. Default 1500.', MTU_MIN, MTU_MAX),
    reserved: value.flag('A cable of a PF or VF to a guest that is given it later, by assign (PCI-01). Default off.'),
    impair,
  },
  ['endpoints'],
);
