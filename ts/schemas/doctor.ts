import { closed, flag, list, published, text } from './values.ts';

const finding = closed({
  name: text,
  for: { ...text, description: 'What needs it.' },
  found: flag,
  detail: { ...text, description: 'What is there, or why it is not.' },
  remedy: { ...text, description: 'How to get it; empty when it is there.' },
});

export const doctorSchema = published(
  'switchback doctor -f json',
  closed({
    works: { ...flag, description: 'Whether labs run here.' },
    needed: { ...list(finding), description: 'What labs cannot run without.' },
    useful: { ...list(finding), description: 'What some things need.' },
  }),
);
