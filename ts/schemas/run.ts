import { chain, checks, closed, conservation, cores, flag, flows, ns, position, published, text } from './values.ts';

export const runSchema = published(
  'switchback run -f json',
  closed({ lab: text, position, chain, virtualTimeNs: ns, checks, flows, cores, frames: conservation, interrupted: flag }),
);
