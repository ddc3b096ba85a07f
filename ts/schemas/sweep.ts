import { chain, closed, integer, list, ns, position, published, text } from './values.ts';

export const sweepSchema = published(
  'switchback sweep -f json',
  closed({
    lab: text,
    of: { ...text, description: 'The step, the property, or "seed".' },
    runs: list(closed({ value: text, position, chain, lost: integer, longestGapNs: ns, failed: list(text) })),
  }),
);
