import { chain, checks, closed, conservation, cores, flows, ns, position, published, text } from './values.ts';

export const runSchema = published(
  'switchback run -f json',
  closed({ lab: text, position, chain, virtualTimeNs: ns, checks, flows, cores, frames: conservation }),
);
