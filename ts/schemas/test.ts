import { checks, closed, flag, list, orNull, published, text } from './values.ts';

export const testSchema = published(
  'switchback test -f json',
  closed({ passed: flag, files: list(closed({ file: text, lab: orNull(text), checks, errors: list(text), passed: flag })) }),
);
