import { closed, flag, integer, list, mac, ns, oneOf, orNull, position, published, text } from './values.ts';

const owner = closed({
  interface: text,
  as: { ...oneOf('initial', 'effective', 'used'), description: 'Which of the three addresses of an interface it is.' },
  from: position,
  fromNs: ns,
  toNs: { ...orNull(ns), description: 'Null where it has it still.' },
});

const believer = closed({
  node: text,
  interface: text,
  ip: text,
  from: position,
  fromNs: ns,
  toNs: orNull(ns),
  astray: { ...integer, description: 'Frames from there to this MAC that died meanwhile.' },
  places: list(closed({ at: text, reason: text, frames: integer })),
});

export const macSchema = published(
  'switchback mac -f json',
  closed({
    lab: text,
    mac,
    owners: list(owner),
    believers: list(believer),
    moves: list(closed({ node: text, vlan: integer, from: text, to: text, position, atNs: ns })),
    tables: list(closed({ node: text, vlan: integer, interface: text, cause: position })),
    sameChain: flag,
  }),
);
