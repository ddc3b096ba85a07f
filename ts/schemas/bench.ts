import { closed, integer, list, oneOf, orNull, published, type Schema, text } from './values.ts';

const figure: Schema = { type: 'number' };
const unit = oneOf('frames/s', 'frame-hops/s', 'ns', 'ms', 'MiB', 'bytes', '%');

const row = closed({
  name: text,
  unit,
  median: figure,
  min: figure,
  max: figure,
  samples: integer,
  digest: text,
  ratioToC: orNull(figure),
  ratioToJs: orNull(figure),
});

/** With --against: speed of this build as a share of the other's, and each pair's medians, this build's first. */
const comparison = closed({
  name: text,
  unit,
  ratio: figure,
  lower: figure,
  upper: figure,
  min: figure,
  max: figure,
  best: figure,
  pairs: list({ type: 'array', items: figure, minItems: 2, maxItems: 2 }),
  digest: text,
  otherDigest: text,
});

export const benchSchema = published('switchback bench -f json', { anyOf: [list(row), list(comparison)] });
