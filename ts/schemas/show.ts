import { SESSION_TIMEOUTS } from '../model/lab/sessions.ts';
import { closed, flag, integer, list, mac, ns, oneOf, orNull, session, text } from './values.ts';

const upDown = oneOf('up', 'down');
const number = { type: 'number', exclusiveMinimum: 0 };

const haPort = closed({ interface: text, address: text, mac, state: upDown });
const haEnd = closed({ address: text, mac, connection: upDown });
const condition = oneOf('any', 'all');

const monitoring = closed({
  kind: oneOf('link', 'path'),
  condition,
  groups: list(closed({ name: text, condition, of: list(closed({ what: text, state: upDown })) })),
});

const ha = closed({
  group: integer,
  links: closed({
    ha1Backup: orNull(closed({ local: haPort, peer: haEnd })),
    heartbeatBackup: orNull(closed({ local: haPort, peer: haEnd })),
    ha2: orNull(closed({ local: haPort, peer: haEnd, keepAlive: flag })),
    ha2Backup: orNull(closed({ local: haPort, peer: haEnd })),
  }),
  monitoring: list(monitoring),
  local: closed({
    state: text,
    sinceNs: ns,
    ha1: haPort,
    priority: integer,
    preemptive: flag,
    timersNs: closed({
      ha1MonitorHold: ns,
      promotionHold: ns,
      hello: ns,
      heartbeat: ns,
      preemptionHold: ns,
      monitorFailHoldUp: ns,
      additionalMasterHoldUp: ns,
      monitorFailHoldDown: ns,
    }),
    flapMax: integer,
    passiveLinkState: oneOf('auto', 'shutdown'),
  }),
  peer: closed({
    connection: upDown,
    downReason: orNull(text),
    state: orNull(text),
    sinceNs: orNull(ns),
    ha1: haEnd,
    priority: integer,
    preemptive: flag,
  }),
  sync: closed({ enabled: flag, running: orNull(oneOf('synchronized', 'not synchronized')) }),
});

const arp = closed({
  maximum: integer,
  timeoutNs: orNull(ns),
  entries: list(
    closed({ interface: text, address: text, mac: orNull(mac), status: oneOf('c', 'e', 'i'), ttlSeconds: orNull(integer) }),
  ),
});

const neighbours = closed({
  maximum: integer,
  entries: list(
    closed({
      interface: text,
      address: text,
      mac: orNull(mac),
      status: oneOf('incomplete', 'probe', 'reachable'),
      ttlSeconds: orNull(integer),
    }),
  ),
});

const routes = closed({
  routes: list(
    closed({
      destination: text,
      nexthop: text,
      metric: integer,
      kind: oneOf('connected', 'host', 'static'),
      active: flag,
      interface: orNull(text),
    }),
  ),
});

const macs = closed({
  maximum: integer,
  timeoutNs: ns,
  entries: list(closed({ vlan: text, mac, interface: text, ttlSeconds: integer })),
});

const interfaces = closed({
  interfaces: list(
    closed({
      interface: text,
      id: integer,
      mbps: orNull(number),
      state: upDown,
      mac,
      forwarding: text,
      tag: integer,
      addresses: list(text),
    }),
  ),
});

const sessions = closed({ sessions: list(closed(session)) });

const sessionInfo = closed({
  supported: integer,
  allocated: integer,
  tcp: integer,
  udp: integer,
  icmp: integer,
  created: integer,
  timeoutsNs: closed(Object.fromEntries(SESSION_TIMEOUTS.map((timeout) => [timeout, ns]))),
});

const running = closed({ settings: list(closed({ path: text, value: text })) });

const diff = closed({ changes: list(closed({ path: text, running: text, candidate: text })) });

/** What a firewall's show commands answer. */
export const shown = { anyOf: [ha, arp, neighbours, routes, macs, interfaces, sessions, sessionInfo, running, diff] };
