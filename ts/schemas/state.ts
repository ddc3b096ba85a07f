/** Recorded state, as `at` and `inspect` print it. */
import { GRANT_STATES } from '../model/state/lease-state.ts';
import { closed, flag, integer, list, mac, ns, oneOf, orNull, position, type Schema, text } from './values.ts';

const verdict = oneOf('accept', 'reject');
const policy = { promiscuous: verdict, macChanges: verdict, forgedTransmits: verdict };

export const nodes: Schema = list(closed({ node: text, kind: text, power: oneOf('running', 'crashed'), since: position }));

export const interfaces: Schema = list(
  closed({
    node: text,
    interface: text,
    mode: text,
    initialMac: mac,
    effectiveMac: mac,
    usedMac: mac,
    state: oneOf('up', 'down'),
    macSource: text,
    promiscuous: flag,
    ipv4: list(text),
    mtu: integer,
    vlan: integer,
    policy: closed(policy, Object.keys(policy)),
    since: position,
  }),
);

export const neighbours: Schema = list(closed({ node: text, ip: text, mac, interface: text, since: position }));

/** Of IPv6; a tentative or duplicate one is not used. */
export const addresses6: Schema = list(
  closed({
    node: text,
    interface: text,
    ip: text,
    prefix: integer,
    origin: oneOf('link-local', 'static', 'eui64', 'stable', 'slaac'),
    status: oneOf('tentative', 'optimistic', 'preferred', 'duplicate'),
    since: position,
  }),
);

/** Default routers that hosts learned. */
export const routers6: Schema = list(closed({ node: text, interface: text, ip: text, since: position }));

/** Leases that clients have, and addresses that servers have given, ended or not. */
export const leases: Schema = list(
  closed({
    node: text,
    interface: text,
    ip: text,
    prefix: integer,
    gateway: text,
    server: text,
    clientId: text,
    mac,
    untilNs: ns,
    since: position,
  }),
);
export const grants: Schema = list(
  closed({
    server: text,
    ip: text,
    clientId: text,
    mac,
    state: oneOf(...GRANT_STATES),
    untilNs: ns,
    since: position,
  }),
);

/** PPPoE sessions that are open, as each end has them. */
export const pppoe: Schema = list(
  closed({
    node: text,
    interface: text,
    role: oneOf('client', 'concentrator'),
    session: integer,
    mac,
    peer: mac,
    ip: text,
    peerIp: text,
    since: position,
  }),
);

export const ha: Schema = list(
  closed({ node: text, state: text, reason: text, processRunning: flag, peerKnown: flag, since: position }),
);

const vfFields = {
  node: text,
  interface: text,
  status: oneOf('reset', 'ready', 'disabled', 'absent'),
  adminMac: mac,
  effectiveMac: mac,
  addresses: list(mac),
  vlans: list(integer),
  portVlan: integer,
  qos: integer,
  trusted: flag,
  spoofCheck: flag,
  spoofCheckSuspended: flag,
  linkState: oneOf('auto', 'enable', 'disable'),
  maxTxRate: integer,
  minTxRate: integer,
  queryRss: flag,
  toldMbps: integer,
  withheldCapabilities: list(text),
  maliciousEvents: integer,
  broadcast: flag,
  multicast: flag,
  allMulticast: flag,
  promiscuous: flag,
  queues: integer,
  enabledQueues: integer,
};

/** PFs and VFs of SR-IOV NICs. */
export const functions: Schema = list(closed(vfFields));

/** One NIC, as `ip link show` would show it, and what that cannot say. */
export const nic: Schema = closed({
  node: text,
  model: text,
  power: oneOf('running', 'crashed'),
  bridgeMode: oneOf('veb', 'vepa'),
  linkMbps: { type: 'number', exclusiveMinimum: 0 },
  pf: closed({ interface: text, mac, mtu: integer, promiscuous: flag, state: oneOf('up', 'down'), user: text }),
  vfs: list(closed({ vf: integer, guest: text, ...vfFields })),
});

/** Firewalls. */
export const packetIo: Schema = list(
  closed({
    node: text,
    setting: oneOf('dpdk', 'mmap'),
    running: oneOf('dpdk', 'mmap'),
    reason: text,
    interface: text,
    since: position,
  }),
);

/** Interfaces of firewalls; a driver that is not bound has empty fields. */
export const drivers: Schema = list(
  closed(
    {
      node: text,
      interface: text,
      plugged: flag,
      driver: text,
      version: text,
      mode: oneOf('', 'dpdk', 'mmap'),
      verdict: oneOf('', 'compatible', 'not-later', 'unverifiable'),
      since: position,
      macs: { ...list(closed({ slot: integer, mac })), description: 'Further addresses of a DPDK port that has a table.' },
    },
    ['macs'],
  ),
);

/** PFs and VFs with a cable: the guest's interface that has each, or '' for the host. */
export const devices: Schema = list(closed({ device: text, user: text }));

/** Guests on their way to another hypervisor. */
export const migrations: Schema = list(
  closed({
    node: text,
    from: text,
    to: text,
    stunnedUntilNs: { ...orNull(ns), description: 'Null while it still runs.' },
    since: position,
  }),
);

export const policies: Schema = list(closed({ node: text, ...policy }));

export const drops: Schema = list(
  closed({ position, node: text, interface: text, reason: text, cause: position, frames: integer }),
);

/** MACs that switches learned at another port than before; an empty MAC stands for all that were not told apart. */
export const moves: Schema = list(
  closed({ node: text, vlan: integer, mac, moves: integer, from: text, to: text, lastNs: ns, position, cause: position }),
);

export const systemLog: Schema = list(closed({ position, atNs: ns, node: text, eventId: text, severity: text, text }));

/** The lists that recorded state has, by name. */
export const recordedState = {
  nodes,
  interfaces,
  neighbours,
  addresses6,
  routers6,
  leases,
  grants,
  pppoe,
  ha,
  functions,
  packetIo,
  drivers,
  devices,
  migrations,
  policies,
  drops,
  moves,
  systemLog,
};
