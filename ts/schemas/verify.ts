import { chain, closed, flag, integer, list, oneOf, orNull, position, published, text } from './values.ts';

const event = { type: 'object' };

const verified = closed({
  verified: { const: true },
  lab: text,
  positions: integer,
  chain,
  engine: text,
  checkpointsCompared: integer,
  unrecorded: integer,
  cutOff: flag,
  otherEngines: list(text),
});

/** Damaged, another history, or diverged: how much can be said differs. */
const refuted = closed(
  {
    verified: { const: false },
    lab: text,
    position: { ...position, description: 'First position that cannot be trusted; 0 when even that is unknown.' },
    reason: text,
    chain,
    engine: text,
    otherEngines: list(text),
    divergence: text,
    recorded: event,
    decided: orNull(event),
    ownEngine: {
      ...closed({ verdict: oneOf('agrees', 'differs', 'fails'), detail: text }),
      description: 'What the data plane that a bundle brings decides. It is no proof: it came with the bundle.',
    },
    differences: list(closed({ field: text, recorded: orNull(text), decided: orNull(text) })),
  },
  ['lab', 'chain', 'engine', 'otherEngines', 'divergence', 'recorded', 'decided', 'ownEngine', 'differences'],
);

export const verifySchema = published('switchback verify -f json', { anyOf: [verified, refuted] });
