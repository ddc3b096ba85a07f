/** What schemas of outputs are made of. Closed objects: a field that is printed is a field that is published. */
import { FLOW_OUTCOMES } from '../model/lab/flow.ts';

export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const integer: Schema = { type: 'integer', minimum: 0 };
export const position: Schema = { type: 'integer', minimum: 0, description: 'Number of an event in its lab, from 1.' };
export const ns: Schema = { type: 'integer', minimum: 0, description: 'Nanoseconds of virtual time.' };
export const chain: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'SHA-256 chain, hexadecimal.' };
export const mac: Schema = {
  type: 'string',
  pattern: '^(([0-9a-f]{2}:){5}[0-9a-f]{2})?$',
  description: 'Empty where there is none.',
};

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function oneOf(...values: readonly string[]): Schema {
  return { enum: values };
}

/** An object with these fields and no others; all are required, except those named in `optional`. */
export function closed(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

/** A whole schema, with its title. */
export function published(title: string, schema: Schema): Schema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, ...schema };
}

/** What came of one check. */
export const check: Schema = closed({ name: text, description: text, pass: flag, failures: list(text) });
export const checks: Schema = list(check);

/** What came of one flow. */
export const flow: Schema = closed({
  name: text,
  sent: integer,
  received: integer,
  lost: integer,
  inFlight: { type: 'integer' },
  reordered: integer,
  longestGapNs: ns,
  longestGapFromNs: ns,
  framesPerSecond: orNull(integer),
  latencyNs: orNull(closed({ min: ns, p50: ns, p99: ns, mean: ns, max: ns })),
  losses: list(closed({ interface: text, reason: text, frames: integer, meanAgeNs: ns })),
  tcp: orNull(
    closed({
      state: oneOf(...FLOW_OUTCOMES),
      connectedNs: orNull(ns),
      retransmissions: integer,
      longestStallNs: ns,
      longestStallFromNs: ns,
      stalledNs: ns,
      resetNs: orNull(ns),
      resetBy: orNull(text),
    }),
  ),
  limitedBy: orNull(closed({ node: text, core: integer })),
});

export const flows: Schema = list(flow);

export const cores: Schema = list(
  closed({
    node: text,
    core: integer,
    polls: flag,
    atWorkPermille: integer,
    frames: integer,
    bursts: integer,
    emptyPolls: integer,
    flowHits: integer,
    flowMisses: integer,
    signatureHits: integer,
    upcalls: integer,
    wakeUps: integer,
    rings: list(
      closed({
        interface: text,
        queue: integer,
        waiting: integer,
        stored: integer,
        missed: integer,
        withoutBuffer: integer,
        interrupts: integer,
        doorbells: integer,
      }),
    ),
    sockets: list(
      closed({ interface: text, socket: integer, blocksFull: integer, blocksByTimer: integer, frozen: flag, wakeUps: integer }),
    ),
  }),
);

export const conservation: Schema = closed({
  born: integer,
  copied: integer,
  delivered: integer,
  consumed: integer,
  dropped: integer,
  inFlight: integer,
  holds: { type: 'boolean', description: 'born + copied = delivered + consumed + dropped + inFlight' },
});

export const nodeCounters: Schema = list(
  closed({
    node: text,
    received: integer,
    sent: integer,
    born: integer,
    copied: integer,
    delivered: integer,
    consumed: integer,
    dropped: integer,
    waiting: integer,
    conserved: { type: 'boolean', description: 'received + born + copied = sent + delivered + consumed + dropped + waiting' },
  }),
);

export const finding: Schema = closed(
  {
    file: text,
    line: { type: 'integer', minimum: 1 },
    column: { type: 'integer', minimum: 1 },
    severity: oneOf('error', 'warning'),
    message: text,
    rule: text,
    remedy: text,
  },
  ['rule', 'remedy'],
);

export const sessionEnd = closed({ ip: text, port: integer, interface: text, zone: text });

/** A session of a firewall. */
export const session = {
  id: integer,
  protocol: integer,
  state: oneOf('opening', 'handshake', 'established', 'half-closed', 'closing'),
  source: sessionEnd,
  destination: sessionEnd,
  translated: orNull(closed({ ip: text, port: integer, rule: text })),
  policy: orNull(text),
  startNs: ns,
  expiresNs: ns,
  packets: integer,
  answers: integer,
  fromPeer: flag,
};
