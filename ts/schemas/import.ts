import { chain, closed, finding, integer, list, position, published, text } from './values.ts';

export const importSchema = {
  ...published('switchback import -f json', {}),
  oneOf: [
    closed(
      {
        lab: text,
        positions: position,
        chain,
        snapshots: {
          ...closed({ kept: integer, leftOut: list(text) }),
          description: 'Of a bundle that has some. What is left out makes no answer another one.',
        },
      },
      ['snapshots'],
    ),
    closed({
      file: { ...text, description: 'Lab file made of a topology.' },
      lab: text,
      nodes: integer,
      links: integer,
      findings: list(finding),
    }),
  ],
};
