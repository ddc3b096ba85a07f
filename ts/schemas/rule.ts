import { closed, flag, integer, list, orNull, published, text } from './values.ts';

const clause = closed({
  id: text,
  text,
  built: flag,
  comesWith: { ...orNull(text), description: 'Subject that brings it; null when it is built.' },
  tests: { ...list(text), description: 'Titles of tests that played it in a lab and passed.' },
});

export const ruleSchema = {
  ...published('switchback rule -f json', {}),
  oneOf: [
    closed({ id: text, title: text, clauses: list(clause), labs: list(text) }),
    closed({ rules: list(closed({ id: text, title: text, subject: text, clauses: integer, built: integer })) }),
  ],
};
