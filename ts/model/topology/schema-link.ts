/** Shape of links: containerlab's brief and extended endpoints. */
import { ADDRESSES_PER_INTERFACE_MAX, LINK_QUEUE_BYTES_MAX, LINK_RATE_BPS_MAX, MTU_MAX, MTU_MIN } from './limits.ts';
import type { Schema } from './schema-values.ts';
import * as value from './schema-values.ts';

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

export const linkSchema: Schema = value.closed(
  'a link',
  'A cable between two interfaces.',
  {
    type: value.word('a link type', "containerlab's word for a cable; may be left out.", ['veth']),
    endpoints: value.list('The two ends.', endpoint, 2, 2),
    rate: {
      title: 'a rate such as 10G, 100M or unlimited',
      description: 'Bits per second in each direction. Default 10G; 0 or unlimited takes no time.',
      type: ['string', 'integer'],
      format: 'rate',
      minimum: 0,
      maximum: LINK_RATE_BPS_MAX,
    },
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
  },
  ['endpoints'],
);
