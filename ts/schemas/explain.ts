import { closed, flag, integer, list, ns, orNull, position, published, text } from './values.ts';

const necessary = {
  anyOf: [{ type: 'boolean' }, { type: 'null' }],
  description:
    'Whether fewer than half of these frames are lost without it, by re-execution. Null where it was not run again: outcomes are as ' +
    'necessary as the nearest input behind them.',
};
const without = {
  ...orNull({ type: 'integer' }),
  description: 'Frames lost in the re-execution without it; null where there was none.',
};

const stage = closed({
  name: text,
  position: { ...position, description: 'The event that the stage ends with; 0 for the first frame that arrives again.' },
  fromNs: ns,
  toNs: ns,
});

const because = closed({
  position,
  type: text,
  atNs: ns,
  text,
  property: { ...orNull(text), description: 'Path in the lab file, where the file is the cause.' },
  necessary,
  without,
});

const condition = closed({
  property: text,
  value: text,
  other: { ...orNull(text), description: 'Its value in the re-execution.' },
  necessary,
  without,
});

const loss = closed({
  at: text,
  reason: text,
  frames: integer,
  fromNs: ns,
  toNs: ns,
  stages: list(stage),
  because: { ...list(because), description: 'Nearest first.' },
  conditions: list(condition),
});

export const explainSchema = published(
  'switchback explain -f json',
  closed({
    lab: text,
    flow: text,
    sent: integer,
    received: integer,
    lost: integer,
    losses: { ...list(loss), description: 'Largest first.' },
    sameChain: { ...flag, description: 'The re-execution with tracing on decided the recorded events, byte for byte.' },
    reruns: integer,
    limited: { ...flag, description: 'As many reruns as one question may cost: what was not tried has no verdict.' },
  }),
);
