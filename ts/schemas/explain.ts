import { closed, flag, integer, list, ns, oneOf, orNull, position, published, text } from './values.ts';

const necessary = {
  anyOf: [{ type: 'boolean' }, { type: 'null' }],
  description:
    'Whether it happens less than half as often without it, by re-execution. Null where it was not run again: outcomes are as ' +
    'necessary as the nearest input behind them.',
};
const without = {
  ...orNull({ type: 'integer' }),
  description: 'Frames lost, or events that say the same, in the re-execution without it; null where there was none.',
};

export const stage = closed({
  name: text,
  position: { ...position, description: 'The event that the stage ends with; 0 for the first frame that arrives again.' },
  fromNs: ns,
  toNs: ns,
});

export const because = closed({
  position,
  type: text,
  atNs: ns,
  text,
  property: { ...orNull(text), description: 'Path in the lab file, where the file is the cause.' },
  necessary,
  without,
});

export const condition = closed({
  property: text,
  value: text,
  other: { ...orNull(text), description: 'Its value in the re-execution.' },
  necessary,
  without,
});

const causes = { because: { ...list(because), description: 'Nearest first.' }, conditions: list(condition) };

const loss = closed({
  at: text,
  reason: text,
  frames: integer,
  fromNs: ns,
  toNs: ns,
  stages: list(stage),
  ...causes,
});

export const sameChain = { ...flag, description: 'The re-execution decided the recorded events, byte for byte.' };
export const limited = { ...flag, description: 'As many reruns as one question may cost: what was not tried has no verdict.' };
const proof = { sameChain, reruns: integer, limited };

export const explainSchema = published(
  'switchback explain -f json',
  closed({
    lab: text,
    flow: text,
    sent: integer,
    received: integer,
    lost: integer,
    losses: { ...list(loss), description: 'Largest first.' },
    ...proof,
  }),
);

/** What is told of an event. */
export const event = { position, type: text, atNs: ns, text };

export const explainDropSchema = published(
  'switchback explain --drop -f json',
  closed({ lab: text, ...event, ...causes, ...proof }),
);

export const entry = closed({
  kind: oneOf('forwarding', 'uplink', 'neighbour', 'session', 'address', 'role'),
  text,
  by: { ...closed(event), description: 'The event that put it there.' },
  origin: { ...closed(event), description: 'The input that this event goes back to.' },
  property: { ...orNull(text), description: 'Path in the lab file, where the entry follows from it.' },
});

export const frameStage = closed({
  node: text,
  kind: text,
  in: { ...orNull(text), description: 'Null where the frame was born.' },
  atNs: ns,
  decision: oneOf('sent', 'forwarded', 'flooded', 'routed', 'taken', 'waiting', 'dropped'),
  out: list(closed({ at: text, atNs: ns })),
  entries: { ...list(entry), description: 'What the node went by, as it stood right before it decided.' },
  deaths: list(closed({ at: text, atNs: ns, reason: text, cause: position, ...causes })),
});

const journey = {
  number: { ...integer, description: 'The frame keeps it over all hops, and its copies have it.' },
  frame: { ...text, description: 'As it was first seen.' },
  length: integer,
  flow: orNull(text),
  because: { ...orNull(closed(event)), description: 'The event that it was sent for.' },
  stages: list(frameStage),
  late: { ...flag, description: 'Copies were on their way when the lab ended, or longer than they were followed.' },
  fromNs: ns,
  toNs: ns,
  ...proof,
  sameRegion: { ...flag, description: 'The interval, run again without tracing, ends with the same region, byte for byte.' },
};

export const explainFrameSchema = published('switchback explain --frame -f json', closed({ lab: text, ...journey }));

export const explainWhySchema = published(
  'switchback explain --why -f json',
  closed({
    lab: text,
    check: text,
    position,
    atNs: ns,
    holds: flag,
    seen: { ...orNull(text), description: 'What is so instead; null where the expectation holds.' },
    facts: list(closed({ ...event, ...causes })),
    journeys: {
      ...list(closed(journey)),
      description: 'Of a neighbour that is not there: the last request for it, and the answer.',
    },
    ...proof,
  }),
);
