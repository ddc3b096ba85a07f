import { chain, closed, flag, integer, list, orNull, published, text } from './values.ts';

const sizes = closed({ flows: integer, nodes: integer, links: integer, steps: integer });

export const shrinkSchema = published(
  'switchback shrink -f json',
  closed({
    lab: text,
    before: { ...sizes, description: 'Parts of the file.' },
    after: { ...sizes, description: 'Parts of the smallest one that still fails.' },
    runs: integer,
    limited: { ...flag, description: 'As many runs as were allowed: a smaller file may fail, too.' },
    failures: { ...list(text), description: 'What the smallest file fails with.' },
    chain: { ...chain, description: 'Of a run of the smallest file.' },
    text: { ...text, description: 'The smallest file.' },
    file: { ...orNull(text), description: 'Where it was written.' },
  }),
);
