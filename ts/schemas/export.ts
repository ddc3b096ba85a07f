import { chain, closed, integer, position, published, text } from './values.ts';

export const exportSchema = published(
  'switchback export -f json',
  closed(
    {
      lab: text,
      file: { ...text, description: 'The bundle.' },
      positions: position,
      chain,
      bytes: { ...integer, description: 'Of the bundle.' },
      test: { ...text, description: 'The vitest file.' },
      link: { type: 'string', pattern: '^#lab=[\\w-]+$', description: 'Fragment of a URL: the lab file, deflated, in base64url.' },
    },
    ['file', 'positions', 'chain', 'bytes', 'test', 'link'],
  ),
);
