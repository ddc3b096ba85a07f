/** Shape of the bus of a NIC. */
import { LINK_QUEUE_BYTES_MAX, LINK_RATE_BPS_MAX } from '../draft/limits.ts';
import * as value from './values.ts';

export const bus = value.closed(
  'a bus',
  'The bus between the NIC and its guests, and the embedded switch (COST-07). Default: they take no time.',
  {
    rate: value.rate(
      'a rate such as 63G, or unlimited',
      'Bits per second of frames, for all functions together; a frame from VF to VF crosses twice.',
      LINK_RATE_BPS_MAX,
    ),
    queue: {
      title: 'a size such as 256KiB',
      description: 'Bytes that may wait for the bus before frames are dropped as queue-full. Default 256KiB.',
      type: ['string', 'integer'],
      format: 'byte-size',
      minimum: 0,
      maximum: LINK_QUEUE_BYTES_MAX,
    },
    switch: value.duration('What the embedded switch takes of each frame. Default 300ns; 0 where the NIC has no VFs.'),
  },
  ['rate'],
);
