import { recordedState } from './state.ts';
import {
  closed,
  conservation,
  cores,
  flag,
  flows,
  integer,
  list,
  mac,
  nodeCounters,
  ns,
  orNull,
  position,
  published,
  session,
  text,
} from './values.ts';

const counters = closed({
  interface: text,
  rxFrames: integer,
  rxBytes: integer,
  txFrames: integer,
  txBytes: integer,
  drops: integer,
  inFlight: integer,
});

const derived = closed({
  source: { const: 're-execution' },
  position,
  atNs: ns,
  frames: conservation,
  nodes: nodeCounters,
  interfaces: list(counters),
  tables: list(closed({ node: text, vlan: integer, mac, interface: text, lastSeenNs: orNull(ns), cause: position })),
  neighbours: list(
    closed({
      node: text,
      interface: text,
      ip: text,
      mac: orNull(mac),
      waiting: integer,
      reachableUntilNs: orNull(ns),
      verifying: flag,
    }),
  ),
  sessions: list(closed({ node: text, ...session })),
  sessionTables: list(closed({ node: text, sessions: integer, max: integer, opened: integer })),
  flows,
  cores,
});

export const atSchema = published(
  'switchback at -f json',
  closed({
    lab: text,
    position,
    atNs: ns,
    /** As it was asked for; null for the end. */
    asked: orNull({ anyOf: [closed({ position }), closed({ atNs: ns })] }),
    recorded: closed({ source: { const: 'fold' }, position, atNs: ns }),
    ...recordedState,
    derived: orNull(derived),
  }),
);
