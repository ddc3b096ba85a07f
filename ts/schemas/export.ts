import { chain, closed, integer, list, position, published, text } from './values.ts';

export const exportSchema = published(
  'switchback export -f json',
  closed(
    {
      lab: text,
      file: { ...text, description: 'The bundle, trace or topology.' },
      positions: position,
      chain,
      bytes: { ...integer, description: 'Of the file.' },
      snapshots: { ...integer, description: 'Of a bundle that was to have some.' },
      test: { ...text, description: 'The vitest file.' },
      link: {
        type: 'string',
        pattern: '^#lab=[\\w-]+$',
        description: 'Fragment of a URL, which the page opens: what was done to the lab.',
      },
      nodes: { ...integer, description: 'Of a topology for containerlab.' },
      links: integer,
      warnings: { ...list(text), description: 'What such a topology has no place for.' },
    },
    ['file', 'positions', 'chain', 'bytes', 'snapshots', 'test', 'link', 'nodes', 'links', 'warnings'],
  ),
);
