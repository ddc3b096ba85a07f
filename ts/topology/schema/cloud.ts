/** Shape of what a lab file says of clouds. */
import { CLOUD_MOVES, FABRICS } from '../../model/lab/cloud.ts';
import * as value from './values.ts';

export const fabric = value.word(
  'a cloud with a fabric',
  'The switch or router is that of a cloud: it knows addresses and routes by an API, and ignores gratuitous ARP (HA-22).',
  FABRICS,
);

export const cloudMove = value.closed(
  'a call to the API',
  'What the new active unit of a pair in a cloud has its API do (HA-22).',
  {
    moves: value.word(
      'what the API moves',
      'addresses that both units have, or the next hops of routes. Default addresses.',
      CLOUD_MOVES,
    ),
    takes: value.duration('How long the call takes (COST-09). Default 20s.'),
  },
);
