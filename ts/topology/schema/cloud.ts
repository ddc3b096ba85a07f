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
      'addresses that both units have, the next hops of routes, or interfaces with their MACs. Default addresses; interfaces where ha-mode is interface-move.',
      CLOUD_MOVES,
    ),
    takes: value.duration('How long the call takes (COST-09). Default 20s.'),
  },
);

export const loadBalancer = value.closed(
  'a load balancer',
  'The router of a cloud spreads packets over its routes to one network, as far as their next hops answer probes (HA-22).',
  {
    interval: value.duration('Time between two probes of a next hop. Default 15s.'),
    failures: value.integer('a number of probes', 'So many without an answer make a next hop unhealthy. Default 2.', 1, 100),
  },
);
