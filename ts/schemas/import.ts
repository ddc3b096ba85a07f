import { chain, closed, finding, integer, list, position, published, text } from './values.ts';

export const importSchema = {
  ...published('switchback import -f json', {}),
  oneOf: [
    closed({ lab: text, positions: position, chain }),
    closed({
      file: { ...text, description: 'Lab file made of a topology.' },
      lab: text,
      nodes: integer,
      links: integer,
      findings: list(finding),
    }),
  ],
};
