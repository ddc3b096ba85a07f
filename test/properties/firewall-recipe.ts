/** What a random lab of firewalls is made of (firewall-lab.ts cooks it): small numbers only, every choice modulo what there is. */
import fc from 'fast-check';

export interface UnitRecipe {
  /** How it reaches the inside: a cable, a vSwitch, a trunk, an aggregate … */
  readonly inside: number;
  /** Bits: the MAC option, a second cable outside, static or LACP, cores. */
  readonly flags: number;
  readonly lacp: number;
}

export interface PairRecipe {
  /** Bits: HA1 backup, heartbeat backup, HA2, keep-alive, preemption, link state of the passive unit, both on one host. */
  readonly flags: number;
  /** Bits: link monitoring, path monitoring, conditions. */
  readonly monitors: number;
  readonly timers: number;
}

export interface SessionRecipe {
  readonly policies: readonly number[];
  readonly nat: number;
  readonly max: number;
  readonly timeouts: number;
  readonly withoutSyn: number;
  readonly zones: number;
}

export interface StationRecipe {
  readonly place: number;
  readonly flags: number;
}

export interface StreamRecipe {
  readonly from: number;
  readonly to: number;
  readonly isTcp: boolean;
  readonly intervalUs: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly lengthMs: number;
}

/** A packet or frame from outside. */
export interface PacketRecipe {
  readonly shape: 'tcp' | 'udp' | 'echo' | 'error' | 'arp' | 'plain' | 'garbage';
  readonly from: number;
  readonly to: number;
  readonly ports: number;
  readonly flags: number;
  /** 0 to 63: no tag for most. */
  readonly tag: number;
  readonly bytes: number;
  readonly afterUs: number;
}

export type FirewallHappening =
  | { readonly kind: 'command'; readonly atMs: number; readonly verb: number; readonly target: number; readonly value: number }
  | { readonly kind: 'packets'; readonly atMs: number; readonly port: number; readonly packets: readonly PacketRecipe[] }
  | { readonly kind: 'carrier'; readonly atMs: number; readonly port: number; readonly up: boolean };

export interface FirewallRecipe {
  readonly unit: UnitRecipe;
  readonly pair: PairRecipe | null;
  readonly sessions: SessionRecipe | null;
  /** A firewall that joins the inside with more of it: by a virtual wire, by VLAN objects, by those of subinterfaces; or none. */
  readonly between: number;
  /** Whether a firewall listens with a tap. */
  readonly hasTap: boolean;
  /** Bits: policy of the vSwitch. */
  readonly vswitch: number;
  readonly stations: readonly StationRecipe[];
  readonly lines: readonly { readonly rate: number; readonly latency: number; readonly queue: number }[];
  readonly streams: readonly StreamRecipe[];
  readonly happenings: readonly FirewallHappening[];
}

/** Everything random happens in this time. LACP needs 2 s before it uses a member, a silent peer is declared lost after 3. */
export const FIREWALLS_BUSY_MS = 5000;

const small = fc.nat({ max: 63 });
const bits = fc.nat({ max: 255 });
const busyMs = fc.nat({ max: FIREWALLS_BUSY_MS });

const packet: fc.Arbitrary<PacketRecipe> = fc.record({
  shape: fc.constantFrom('tcp', 'tcp', 'tcp', 'udp', 'udp', 'echo', 'error', 'arp', 'plain', 'garbage'),
  from: small,
  to: small,
  ports: small,
  flags: small,
  tag: small,
  bytes: fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 80 }) }, { weight: 1, arbitrary: fc.nat({ max: 1600 }) }),
  afterUs: fc.nat({ max: 3000 }),
});

const happening: fc.Arbitrary<FirewallHappening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('command' as const), atMs: busyMs, verb: bits, target: small, value: small }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('packets' as const),
      atMs: busyMs,
      port: small,
      packets: fc.array(packet, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('carrier' as const), atMs: busyMs, port: small, up: fc.boolean() }) },
);

export const firewallRecipes: fc.Arbitrary<FirewallRecipe> = fc.record({
  unit: fc.record({ inside: small, flags: bits, lacp: bits }),
  pair: fc.option(fc.record({ flags: bits, monitors: bits, timers: small }), { freq: 2 }),
  sessions: fc.option(
    fc.record({
      policies: fc.array(small, { maxLength: 4 }),
      nat: small,
      max: small,
      timeouts: small,
      withoutSyn: small,
      zones: small,
    }),
    { freq: 4 },
  ),
  between: small,
  hasTap: fc.boolean(),
  vswitch: bits,
  stations: fc.array(fc.record({ place: small, flags: small }), { minLength: 2, maxLength: 5 }),
  lines: fc.array(
    fc.record({
      rate: fc.constantFrom(0, 10_000_000, 99_999_999, 1_000_000_000, 10_000_000_000),
      latency: fc.constantFrom(0, 1, 500, 33_333, 2_000_000),
      queue: fc.constantFrom(1600, 64_000, 64_000, 10_000_000),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  streams: fc.array(
    fc.record({
      from: small,
      to: small,
      isTcp: fc.boolean(),
      intervalUs: fc.integer({ min: 4000, max: 90_000 }),
      bytes: fc.nat({ max: 1454 }),
      startMs: busyMs,
      lengthMs: busyMs,
    }),
    { minLength: 1, maxLength: 4 },
  ),
  happenings: fc.array(happening, { maxLength: 14 }),
});
