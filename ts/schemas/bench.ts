import { closed, integer, list, oneOf, orNull, published, text } from './values.ts';

const figure = { type: 'number' };

export const benchSchema = published(
  'switchback bench -f json',
  list(
    closed({
      name: text,
      unit: oneOf('frames/s', 'frame-hops/s', 'ns', 'ms', 'MiB', '%'),
      median: figure,
      min: figure,
      max: figure,
      samples: integer,
      digest: text,
      ratioToC: orNull(figure),
      ratioToJs: orNull(figure),
    }),
  ),
);
