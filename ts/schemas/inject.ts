import { chain, closed, conservation, integer, list, nodeCounters, ns, position, published, text } from './values.ts';

export const injectSchema = published(
  'switchback inject -f json',
  closed({
    lab: text,
    interface: text,
    injected: integer,
    delivered: integer,
    consumed: integer,
    dropped: integer,
    inFlight: integer,
    drops: list(closed({ at: text, reason: text, frames: integer })),
    frames: conservation,
    nodes: nodeCounters,
    position,
    chain,
    virtualTimeNs: ns,
  }),
);
