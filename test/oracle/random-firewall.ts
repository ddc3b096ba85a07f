/** Random firewalls and what happens to them, for fast-check. Few addresses, few ports, short times, small tables: so that they meet. */
import fc from 'fast-check';
import {
  SESSION_TIMEOUTS_S,
  type SecurityPolicy,
  type Sessions,
  type SourceNat,
  WITHOUT_SYN,
} from '../../ts/model/lab/sessions.ts';
import type { Ipv4, Ipv4Prefix } from '../../ts/values/ipv4-address.ts';
import { type Mac, macFromNumber } from '../../ts/values/mac.ts';
import { type Nanos, nanos } from '../../ts/values/nanos.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import type { FirewallDescription, FirewallInterface } from './firewall-model.ts';

export interface FirewallCase {
  readonly description: FirewallDescription;
  readonly steps: readonly FirewallStep[];
}

export type FirewallStep = { readonly gapNs: number } & (PacketStep | SessionStep | FrameStep | ChangeStep);

/** A packet between two of the addresses. */
export interface PacketStep {
  readonly what: 'packet';
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly protocol: 'tcp' | 'udp' | 'echo';
  readonly ports: number;
  readonly flags: number;
  readonly ttl: number;
  readonly bytes: number;
  readonly tag: VlanTag | null;
  /** 0 to 15: for the firewall, for everybody, for somebody else, with a wrong checksum. */
  readonly oddity: number;
}

/** What one side of a living session sends: one more packet, or an ICMP error about one that it received. */
export interface SessionStep {
  readonly what: 'session';
  readonly session: number;
  readonly isAnswer: boolean;
  readonly isError: boolean;
  readonly flags: number;
  readonly bytes: number;
}

/** A frame of no protocol anybody answers to, between stations. */
export interface FrameStep {
  readonly what: 'frame';
  readonly at: number;
  readonly src: number;
  readonly dst: number;
  readonly tag: VlanTag | null;
  readonly bytes: number;
}

export interface ChangeStep {
  readonly what: 'change';
  readonly change: 'carrier' | 'power' | 'role' | 'clear sessions' | 'member';
  readonly at: number;
  readonly on: boolean;
}

export const STATIONS: readonly Mac[] = [1, 2, 3, 4].map((n) => macFromNumber(0x020000000000 + n));
export const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;

const MAC_BASE = 0x005056800000;
const ANYWHERE: Ipv4Prefix = { address: '0.0.0.0' as Ipv4, prefix: 0 };
const ALL_PORTS = { first: 1, last: 65_535 };

/** Third bytes of the networks, by interface. */
const NETWORKS: Readonly<Record<string, number>> = {
  eth1: 1,
  'eth1.10': 10,
  'eth1.20': 20,
  eth2: 2,
  eth3: 3,
  eth4: 4,
  ae1: 1,
  'ae1.10': 10,
  'ae1.20': 20,
};
const MEMBERS = ['eth6', 'eth7', 'eth8'];

const tag: fc.Arbitrary<VlanTag | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  {
    weight: 3,
    arbitrary: fc.record({ id: fc.constantFrom(0, 10, 20, 30), priority: fc.constantFrom(0, 0, 5), isDropEligible: fc.boolean() }),
  },
);

const small = fc.nat({ max: 63 });
const sizes = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 500, max: 1500 }) },
);

/** Frames that a cable brings, most of them packets. */
export const arrivals: fc.Arbitrary<PacketStep | SessionStep | FrameStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('packet' as const),
      at: small,
      from: small,
      to: small,
      protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'echo'),
      ports: small,
      flags: small,
      ttl: fc.constantFrom(64, 64, 64, 64, 64, 64, 64, 64, 2, 1, 0),
      bytes: sizes,
      tag,
      oddity: fc.nat({ max: 15 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      what: fc.constant('session' as const),
      session: small,
      isAnswer: fc.boolean(),
      isError: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
      flags: small,
      bytes: sizes,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('frame' as const), at: small, src: small, dst: small, tag, bytes: sizes }),
  },
);

const step: fc.Arbitrary<PacketStep | SessionStep | FrameStep | ChangeStep> = fc.oneof(
  { weight: 19, arbitrary: arrivals },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('change' as const),
      change: fc.constantFrom('carrier', 'carrier', 'power', 'role', 'role', 'clear sessions', 'member', 'member', 'member'),
      at: small,
      on: fc.integer({ min: 0, max: 2 }).map((n) => n > 0),
    }),
  },
);

const gaps = fc.constantFrom(10_000, 10_000, 20_000_000, 120_000_000, 450_000_000);

// ── What it is ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Shape = 'routed' | 'trunk' | 'wire' | 'bridge' | 'bridge of subinterfaces' | 'tap' | Aggregated;
type Aggregated = 'aggregate' | 'aggregate trunk' | 'bridge of an aggregate';
const PLAIN: readonly Shape[] = ['routed', 'trunk', 'trunk', 'wire', 'bridge', 'bridge of subinterfaces', 'tap'];
const AGGREGATED: readonly Shape[] = ['aggregate', 'aggregate trunk', 'bridge of an aggregate'];

function layer3(name: string, mtu: number): FirewallInterface {
  const [parent, id] = name.split('.');
  const number = Number(parent?.slice(3));
  const ip = `10.0.${NETWORKS[name] ?? 0}.1` as Ipv4;
  const mac = macFromNumber(MAC_BASE + number);
  return {
    name,
    parent: id === undefined ? null : (parent ?? ''),
    tag: Number(id ?? 0),
    mode: 'layer3',
    mac,
    ip,
    mtu,
    bridge: null,
  };
}

function unrouted(name: string, mode: FirewallInterface['mode'], bridge: string | null): FirewallInterface {
  return { ...layer3(name, 1500), ip: null, mode, bridge };
}

function interfacesOf(shape: Shape, mtu: number, inner: number): FirewallInterface[] {
  // A subinterface takes no longer packets than its parent.
  const inside = shape.startsWith('aggregate') ? 'ae1' : 'eth1';
  const routed = [layer3(inside, shape.endsWith('trunk') ? 1500 : inner), layer3('eth2', mtu)].map(aggregated);
  const subinterfaces = [`${inside}.10`, `${inside}.20`].map((name, i) => layer3(name, i === 0 ? 1500 : mtu));
  const all: Readonly<Record<Shape, FirewallInterface[]>> = {
    routed: [layer3('eth3', mtu)],
    trunk: [...subinterfaces, layer3('eth3', 1500)],
    wire: ['eth3', 'eth4'].map((name) => unrouted(name, 'virtual-wire', 'w')),
    bridge: ['eth3', 'eth4', 'eth5'].map((name) => unrouted(name, 'layer2', 'v')),
    'bridge of subinterfaces': [
      unrouted('eth3', 'layer2', 'v'),
      unrouted('eth3.10', 'layer2', 'u'),
      unrouted('eth3.20', 'layer2', 'v'),
      unrouted('eth4', 'layer2', null),
      unrouted('eth4.10', 'layer2', 'v'),
      unrouted('eth4.20', 'layer2', 'u'),
    ],
    tap: [unrouted('eth3', 'tap', null)],
    aggregate: [layer3('eth3', mtu)],
    'aggregate trunk': [...subinterfaces, layer3('eth3', 1500)],
    'bridge of an aggregate': [...['eth3', 'eth4'], 'ae2'].map((name) => aggregated(unrouted(name, 'layer2', 'v'))),
  };
  return [...routed, ...all[shape]].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function aggregated(one: FirewallInterface): FirewallInterface {
  return one.name.startsWith('ae') ? { ...one, members: MEMBERS } : one;
}

/** A policy that a file may have: only those for TCP and UDP have ports. */
const policyRecipe = fc
  .record({
    from: fc.constantFrom(null, ['in'], ['out'], ['in', 'side']),
    to: fc.constantFrom(null, ['out'], ['in'], ['out', 'side']),
    source: fc.constantFrom(ANYWHERE, ANYWHERE, prefix('10.0.1.11', 32), prefix('10.0.0.0', 20)),
    destination: fc.constantFrom(ANYWHERE, ANYWHERE, prefix('10.0.2.12', 32), prefix('10.9.0.0', 16)),
    protocol: fc.constantFrom('any' as const, 'any' as const, 'tcp' as const, 'udp' as const, 'icmp' as const),
    ports: fc.constantFrom(ALL_PORTS, ALL_PORTS, { first: 80, last: 443 }),
    action: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const, 'reset' as const),
  })
  .map((one) => (one.protocol === 'tcp' || one.protocol === 'udp' ? one : { ...one, ports: ALL_PORTS }));

function prefix(address: string, length: number): Ipv4Prefix {
  return { address: address as Ipv4, prefix: length };
}

const natRecipe: fc.Arbitrary<SourceNat> = fc.record({
  name: fc.constant('hide'),
  from: fc.constantFrom(null, ['in']),
  to: fc.constantFrom(['out'], ['out', 'side']),
  source: fc.constantFrom(ANYWHERE, prefix('10.0.1.0', 24)),
  pool: fc.constantFrom(
    { first: '10.0.2.100' as Ipv4, last: '10.0.2.100' as Ipv4 },
    { first: '10.0.2.100' as Ipv4, last: '10.0.2.101' as Ipv4 },
  ),
  ports: fc.constantFrom({ first: 2000, last: 2000 }, { first: 2000, last: 2001 }, { first: 1024, last: 65_535 }),
});

/** Seconds become milliseconds, so that a case sees them end; hours become seconds. */
const TIMEOUTS = Object.fromEntries(
  Object.entries(SESSION_TIMEOUTS_S).map(([name, seconds]) => [name, nanos(Math.min(seconds, 2000) * 10_000_000)]),
) as Record<keyof typeof SESSION_TIMEOUTS_S, Nanos>;

const sessionRecipe: fc.Arbitrary<Sessions> = fc
  .record({
    policies: fc.array(policyRecipe, { maxLength: 3 }),
    allowsOut: fc.boolean(),
    nat: fc.option(natRecipe, { freq: 3 }),
    max: fc.constantFrom(1, 3, 64, 64),
    withoutSyn: fc.constantFrom(...WITHOUT_SYN),
    side: fc.constantFrom('eth3', 'eth1.20', 'ae1.20'),
  })
  .map(({ policies, allowsOut, nat, max, withoutSyn, side }) => {
    const out = {
      from: ['in'],
      to: ['out'],
      source: ANYWHERE,
      destination: ANYWHERE,
      protocol: 'any',
      ports: ALL_PORTS,
      action: 'allow',
    };
    const rules = [...policies, ...(allowsOut ? [out as Omit<SecurityPolicy, 'name'>] : [])];
    return {
      zones: [
        { name: 'in', interfaces: ['eth1', 'eth1.10', 'ae1', 'ae1.10'] },
        { name: 'out', interfaces: ['eth2'] },
        { name: 'side', interfaces: [side] },
      ],
      policies: rules.map((rule, i) => ({ name: `p${i}`, ...rule })),
      nat: nat === null ? [] : [nat],
      max,
      timeoutsNs: TIMEOUTS,
      withoutSyn,
    };
  });

function descriptionsOf(shapes: readonly Shape[]): fc.Arbitrary<FirewallDescription> {
  return fc
    .record({
      shape: fc.constantFrom(...shapes),
      mtu: fc.constantFrom(1500, 1500, 600),
      inner: fc.constantFrom(1500, 1500, 600),
      isMember: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      sessions: fc.option(sessionRecipe, { freq: 3 }),
      wireTags: fc.constantFrom(
        [[0, 0]] as const,
        [[0, 4094]] as const,
        [
          [10, 19],
          [30, 30],
        ] as const,
      ),
    })
    .map(({ shape, mtu, inner, isMember, sessions, wireTags }) => {
      const interfaces = interfacesOf(shape, mtu, inner);
      const names = interfaces.map(({ name }) => name);
      const zones = sessions?.zones.map((zone) => ({
        ...zone,
        interfaces: zone.interfaces.filter((name) => names.includes(name)),
      }));
      return {
        interfaces,
        wireTags,
        isMember,
        route: { network: '10.9.0.0/16', via: '10.0.2.12' as Ipv4 },
        sessions: sessions === null ? null : { ...sessions, zones: zones ?? [] },
        neighbours: neighboursOf(interfaces),
      };
    });
}

/** Without aggregates. */
export const plainFirewalls = descriptionsOf(PLAIN);
const firewallDescriptions = descriptionsOf([...PLAIN, ...AGGREGATED]);

function neighboursOf(interfaces: readonly FirewallInterface[]): FirewallDescription['neighbours'] {
  const hosts = interfaces.flatMap(({ name, ip }) => (ip === null ? [] : [11, 12].map((last) => ({ name, last }))));
  // An address of the pool is somebody's where there is no translation: nobody is asked for.
  return [...hosts, { name: 'eth2', last: 100 }].map(({ name, last }, i) => ({
    at: name,
    ip: `10.0.${NETWORKS[name] ?? 0}.${last}` as Ipv4,
    mac: macFromNumber(0x020000001000 + i),
  }));
}

/** Addresses that packets have: of neighbours, behind the route, in no route, of the firewall itself, of the pool. */
export function addressesOf({ neighbours, interfaces }: FirewallDescription): readonly Ipv4[] {
  const own = interfaces.flatMap(({ ip }) => (ip === null ? [] : [ip]));
  const known = neighbours.map(({ ip }) => ip);
  return [...known, ...known, ...known, '10.9.0.5' as Ipv4, '203.0.113.9' as Ipv4, ...own.slice(0, 2)];
}

const PROMOTION: FirewallStep = { gapNs: 10_000, what: 'change', change: 'role', at: 0, on: true };

export const firewallCases: fc.Arbitrary<FirewallCase> = fc.record({
  description: firewallDescriptions,
  // A unit of a pair becomes active before anything else happens; others have no role.
  steps: fc
    .array(fc.tuple(gaps, step), { minLength: 8, maxLength: 30 })
    .map((list) => [PROMOTION, ...list.map(([gapNs, one]) => ({ gapNs, ...one }))]),
});
