import { checks, closed, flag, list, orNull, published, text } from './values.ts';

export const testSchema = published(
  'switchback test -f json',
  closed({ passed: flag, files: list(closed({ file: text, lab: orNull(text), checks, errors: list(text), passed: flag })) }),
);

export const testMatrixSchema = published(
  'switchback test --matrix -f json',
  closed({
    passed: flag,
    axes: list(closed({ name: text, values: list(text) })),
    files: list(
      closed({
        file: text,
        lab: text,
        combinations: list(
          closed({
            values: { type: 'object', additionalProperties: text, description: 'The value of each axis.' },
            passed: flag,
            checks,
            errors: { ...list(text), description: 'Why it could not be run; empty when it ran.' },
          }),
        ),
      }),
    ),
  }),
);
