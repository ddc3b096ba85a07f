/**
 * Small random labs and what happens to them: two to five hosts, some of them virtual, on one or two switches and up to two
 * vSwitches, perhaps a firewall pair between two networks; flows, commands and foreign frames at random times.
 *
 * A recipe is small numbers only, and `cook` makes a lab of any recipe: every choice is taken modulo what there is to choose
 * from. So fast-check can shrink a failing recipe to a short one, and no recipe is invalid.
 *
 * The labs have no loops: a broadcast would circulate until virtual time ends. Storms have a test of their own.
 */
import fc from 'fast-check';
import type { Input } from '../../ts/engine/input.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { type Cores, DEFAULT_CORES } from '../../ts/model/hardware/cores.ts';
import { NEW_VF, NIC_MODELS, VF_LINK_STATES } from '../../ts/model/hardware/nic.ts';
import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import type { Flow } from '../../ts/model/lab/flow.ts';
import type { HaMonitoring, HaPair } from '../../ts/model/lab/ha-pair.ts';
import type { InterfaceMode, LabInterface } from '../../ts/model/lab/interfaces.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import type { LabLink } from '../../ts/model/lab/links.ts';
import type { LabNode, VSwitch } from '../../ts/model/lab/nodes.ts';
import type { Ipv4 } from '../../ts/values/ipv4-address.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { type Nanos, nanos } from '../../ts/values/nanos.ts';
import { emitArpFrame, garpRequest } from '../../ts/wire/arp.ts';

const MS = 1_000_000;
/** Everything random happens in this time; afterwards the lab runs on until it is quiet. */
export const BUSY_NS = 1500 * MS;
/** Flows have stopped, resolutions were given up (4 s), bursts of announcements are over (9 s), the last drops were counted. */
export const QUIET_NS = 12_000 * MS;

interface HostRecipe {
  readonly place: number;
  readonly network: number;
  readonly mtu: number;
  readonly flags: number;
}

interface FlowRecipe {
  readonly from: number;
  readonly to: number;
  readonly intervalUs: number;
  readonly bytes: number;
  readonly startMs: number;
  readonly lengthMs: number;
}

interface FrameRecipe {
  readonly shape: 'garbage' | 'unicast' | 'broadcast' | 'garp' | 'tagged' | 'truncated';
  readonly src: number;
  readonly dst: number;
  readonly etherType: number;
  readonly length: number;
  readonly vlan: number;
  readonly afterUs: number;
  readonly fill: number;
}

type Happening =
  | { readonly kind: 'command'; readonly atMs: number; readonly verb: number; readonly target: number; readonly value: number }
  | { readonly kind: 'frames'; readonly atMs: number; readonly port: number; readonly frames: readonly FrameRecipe[] }
  | { readonly kind: 'carrier'; readonly atMs: number; readonly port: number; readonly up: boolean };

export interface Recipe {
  readonly switches: number;
  readonly vswitches: readonly {
    readonly policy: number;
    readonly learning: number;
    readonly place: number;
    readonly vlan: number;
    readonly uplinks: number;
  }[];
  readonly nics: readonly { readonly model: number; readonly flags: number; readonly vlan: number }[];
  readonly hosts: readonly HostRecipe[];
  readonly pair: { readonly places: readonly [number, number]; readonly useHypervisorMac: boolean } | null;
  readonly links: readonly { readonly rate: number; readonly latency: number; readonly queue: number }[];
  readonly flows: readonly FlowRecipe[];
  readonly happenings: readonly Happening[];
}

/** A lab and the inputs that run it, from its definition to the end of its quiet time. */
export interface Scenario {
  readonly lab: Lab;
  readonly inputs: readonly Input[];
}

// ── Arbitraries ─────────────────────────────────────────────────────────────────────────────────────────────────────

const small = fc.nat({ max: 63 });
const busyMs = fc.nat({ max: BUSY_NS / MS });

const frameRecipe: fc.Arbitrary<FrameRecipe> = fc.record({
  shape: fc.constantFrom('garbage', 'unicast', 'broadcast', 'garp', 'tagged', 'truncated'),
  src: small,
  dst: small,
  etherType: fc.constantFrom(0x0800, 0x0806, 0x86dd, 0x8100, 46),
  length: fc.oneof(fc.nat({ max: 80 }), fc.nat({ max: 1600 }), fc.nat({ max: 9300 })),
  vlan: fc.constantFrom(0, 10, 20, 4095),
  afterUs: fc.nat({ max: 2000 }),
  fill: fc.nat({ max: 255 }),
});

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('command' as const), atMs: busyMs, verb: small, target: small, value: small }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('frames' as const),
      atMs: busyMs,
      port: small,
      frames: fc.array(frameRecipe, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('carrier' as const), atMs: busyMs, port: small, up: fc.boolean() }) },
);

export const recipes: fc.Arbitrary<Recipe> = fc.record({
  switches: fc.integer({ min: 1, max: 2 }),
  vswitches: fc.array(
    fc.record({
      policy: fc.nat({ max: 31 }),
      learning: fc.nat({ max: 7 }),
      place: small,
      vlan: small,
      uplinks: fc.integer({ min: 1, max: 2 }),
    }),
    { maxLength: 2 },
  ),
  nics: fc.array(fc.record({ model: small, flags: small, vlan: small }), { maxLength: 1 }),
  hosts: fc.array(
    fc.record({ place: small, network: fc.nat({ max: 1 }), mtu: fc.constantFrom(1500, 1500, 9000), flags: fc.nat({ max: 7 }) }),
    { minLength: 2, maxLength: 5 },
  ),
  pair: fc.option(fc.record({ places: fc.tuple(small, small), useHypervisorMac: fc.boolean() }), { freq: 2 }),
  links: fc.array(
    fc.record({
      rate: fc.constantFrom(0, 1_000_000, 99_999_999, 1_000_000_000, 10_000_000_000),
      latency: fc.constantFrom(0, 1, 500, 33_333, 5_000_000),
      queue: fc.constantFrom(0, 1600, 64_000, 10_000_000),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  flows: fc.array(
    fc.record({
      from: small,
      to: small,
      intervalUs: fc.integer({ min: 700, max: 40_000 }),
      bytes: fc.oneof(fc.nat({ max: 1454 }), fc.nat({ max: 8954 })),
      startMs: busyMs,
      lengthMs: busyMs,
    }),
    { maxLength: 4 },
  ),
  happenings: fc.array(happening, { maxLength: 14 }),
});

// ── From recipe to lab ──────────────────────────────────────────────────────────────────────────────────────────────

/** Something an interface can be plugged into. */
interface Place {
  readonly name: string;
  readonly hypervisor: string | null;
  ports: number;
  readonly vlan: number;
  /** Ports of a NIC are its VFs, which are interfaces already; so many of them are enabled. */
  readonly enabledVfs?: number;
}

class Kitchen {
  readonly nodes: LabNode[] = [];
  readonly interfaces: LabInterface[] = [];
  readonly links: LabLink[] = [];
  readonly places: Place[] = [];
  readonly #recipe: Recipe;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  addInterface(node: string, name: string, mode: InterfaceMode, more: Partial<LabInterface> = {}): string {
    const blank = { mac: null, ipv4: [], mtu: 1500, vlan: 0, policy: null, interfaceId: 0 };
    this.interfaces.push({ ...blank, node, name, mode, ...more });
    return endpointOf({ node, name });
  }

  /** @param reserved the cable of a VF that is not there yet (rule VF-01). */
  cable(a: string, b: string, reserved = false): void {
    const { rate, latency, queue } = pick(this.#recipe.links, this.links.length);
    this.links.push({ a, b, rateBps: rate, latencyNs: nanos(latency), queueBytes: queue, ...(reserved && { reserved }) });
  }

  plug(endpoint: string, place: Place, policy: LabInterface['policy'] = null): void {
    place.ports++;
    const { enabledVfs } = place;
    if (enabledVfs !== undefined) this.cable(`${place.name}:vf${place.ports - 1}`, endpoint, place.ports > enabledVfs);
    else this.cable(this.addInterface(place.name, `p${place.ports}`, 'port', { vlan: place.vlan, policy }), endpoint);
  }
}

/** The lab of a recipe. */
export function cook(recipe: Recipe): Scenario {
  const kitchen = new Kitchen(recipe);
  cookSwitches(kitchen, recipe);
  for (const nic of recipe.nics) cookNic(kitchen, nic);
  const haPairs = recipe.pair === null ? [] : [cookPair(kitchen, recipe.pair)];
  recipe.hosts.forEach((host, i) => {
    cookHost(kitchen, host, i);
  });
  const lab: Lab = {
    schema: 1,
    nodes: kitchen.nodes.sort((a, b) => compare(a.name, b.name)),
    interfaces: kitchen.interfaces.sort((a, b) => compare(a.node, b.node) || compare(a.name, b.name)),
    links: kitchen.links,
    haPairs,
    flows: cookFlows(kitchen, recipe.flows),
  };
  return { lab, inputs: cookInputs(lab, recipe.happenings) };
}

function cookSwitches(kitchen: Kitchen, recipe: Recipe): void {
  for (let i = 1; i <= recipe.switches; i++) {
    kitchen.nodes.push({ kind: i === 1 ? 'switch' : 'bridge', name: `s${i}`, ageingNs: nanos(400 * MS), tableSize: 6 });
    kitchen.places.push({ name: `s${i}`, hypervisor: null, ports: 0, vlan: 0 });
  }
  const [first, second] = kitchen.places;
  if (first !== undefined && second !== undefined) kitchen.plug(kitchen.addInterface(second.name, 'up', 'port'), first);
  recipe.vswitches.forEach(({ policy, learning, place, vlan, uplinks }, i) => {
    const name = `v${i + 1}`;
    const on = `esx${i + 1}`;
    kitchen.nodes.push({ kind: 'hypervisor', name: on, platform: 'esxi' });
    const names = ['up1', 'up2'].slice(0, uplinks);
    kitchen.nodes.push(cookVSwitch(name, on, names, policy, learning));
    for (const [n, uplink] of names.entries()) {
      kitchen.plug(kitchen.addInterface(name, uplink, 'uplink'), pick(kitchen.places.slice(0, recipe.switches), place + n));
    }
    kitchen.places.push({ name, hypervisor: on, ports: 0, vlan: pick([0, 0, 0, 10, 4095], vlan) });
  });
}

function cookVSwitch(name: string, on: string, uplinks: readonly string[], policy: number, learning: number): VSwitch {
  return {
    kind: 'vswitch',
    name,
    on,
    policy: { promiscuous: (policy & 1) !== 0, macChanges: (policy & 2) !== 0, forgedTransmits: (policy & 4) !== 0 },
    learning:
      (learning & 6) !== 6
        ? null
        : { flood: (learning & 1) !== 0, limit: 2, limitPolicy: (policy & 8) === 0 ? 'allow' : 'drop', ageingNs: nanos(300 * MS) },
    uplinks,
    reversePathCheckPromisc: (policy & 16) !== 0,
  };
}

/** As many VFs as there can be guests: five hosts, and two firewalls with two interfaces each. */
const VFS = 9;

function cookNic(kitchen: Kitchen, { model, flags, vlan }: Recipe['nics'][number]): void {
  const has = (bit: number) => (flags & bit) !== 0;
  const enabledVfs = pick([VFS, VFS, VFS, 2], vlan);
  kitchen.nodes.push({ kind: 'hypervisor', name: 'kvm', platform: 'kvm' });
  kitchen.nodes.push({
    kind: 'nic',
    name: 'nic',
    on: 'kvm',
    model: pick(NIC_MODELS, model),
    bridgeMode: has(1) && has(2) ? 'vepa' : 'veb',
    defaultPool: !has(4),
    trafficClasses: 1,
    pfPromiscuous: has(8),
    pfVlans: [10],
    ...(enabledVfs < VFS ? { enabledVfs } : {}),
  });
  for (let i = 0; i < VFS; i++) {
    const adminMac = i % 3 === 1 ? macFromNumber(0x02000000aa00 + i) : '';
    const vf = { ...NEW_VF, adminMac, trusted: has(16), spoofCheck: !has(32), vlan: i === 2 ? pick([0, 0, 10], vlan) : 0 };
    kitchen.addInterface('nic', `vf${i}`, 'vf', { vf: i < enabledVfs ? vf : NEW_VF });
  }
  kitchen.addInterface('nic', 'pf', 'pf', { mac: macFromNumber(0x02000000aaff) });
  const [first] = kitchen.places;
  if (first !== undefined) kitchen.plug(kitchen.addInterface('nic', 'wire', 'wire'), first);
  kitchen.places.push({ name: 'nic', hypervisor: 'kvm', ports: 0, vlan: 0, enabledVfs });
}

function cookHost(kitchen: Kitchen, recipe: HostRecipe, i: number): void {
  const name = `h${i + 1}`;
  const place = pick(kitchen.places, recipe.place);
  const address = `10.0.${recipe.network}.${11 + i}` as Ipv4;
  kitchen.nodes.push({
    kind: 'host',
    name,
    on: place.hypervisor,
    routes: [{ network: { address: '0.0.0.0' as Ipv4, prefix: 0 }, via: `10.0.${recipe.network}.1` as Ipv4 }],
    arpProfile: pick(['linux', 'linux', 'vm-host', 'static'], recipe.flags & 3),
    ignoreGratuitous: (recipe.flags & 4) !== 0,
    acceptUnsolicited: (recipe.flags & 1) !== 0,
  });
  const ipv4 = [{ address, prefix: 24 }];
  const mac = macFromNumber(0x020000000000 + i + 1);
  const overrides = { promiscuous: true, macChanges: (recipe.flags & 1) !== 0, forgedTransmits: true };
  const policy = place.hypervisor !== null && (recipe.flags & 2) !== 0 ? overrides : null;
  kitchen.plug(kitchen.addInterface(name, 'eth0', 'layer3', { mac, ipv4, mtu: recipe.mtu }), place, policy);
}

/** Rings and blocks that a few frames fill, and a block that closes before the lab is quiet. */
const SMALL_CORES: Cores = {
  ...DEFAULT_CORES,
  rxRing: 64,
  txRing: 64,
  virtioRing: 64,
  blockBytes: 16_384,
  blocks: 2,
  retireNs: nanos(100_000),
};

/** Two firewalls with the same addresses, between 10.0.0.0/24 and 10.0.1.0/24, and a cable for HA. */
function cookPair(kitchen: Kitchen, { places, useHypervisorMac }: NonNullable<Recipe['pair']>): HaPair {
  for (const [i, name] of ['fw1', 'fw2'].entries()) {
    const virtual = kitchen.places.filter(({ hypervisor }) => hypervisor !== null);
    const inside = pick(virtual.length > 0 ? virtual : kitchen.places, (places[0] ?? 0) + i);
    const outside = pick(kitchen.places, places[1] ?? 0);
    const vmMacBase = macFromNumber(0x7c89c2f91d00 + 256 * i);
    kitchen.nodes.push({
      kind: 'firewall',
      name,
      on: inside.hypervisor ?? 'esx',
      useHypervisorMac,
      vmMacBase,
      packetIo: (places[1] & 1) === 0 ? 'dpdk' : 'mmap',
      ...((places[0] & 3) !== 1 ? {} : { cores: SMALL_CORES }),
      routes: [],
      arpProfile: 'firewall',
    });
    for (const [network, place] of [inside, outside].entries()) {
      const mac = macFromNumber(0x005056000000 + 16 * i + network);
      const ipv4 = [{ address: `10.0.${network}.1` as Ipv4, prefix: 24 }];
      const port = kitchen.addInterface(name, `eth${network + 1}`, 'layer3', { mac, ipv4, interfaceId: 16 + network });
      kitchen.plug(port, place);
    }
    const ipv4 = [{ address: `10.255.0.${i + 1}` as Ipv4, prefix: 30 }];
    kitchen.addInterface(name, 'ha1', 'ha', { mac: macFromNumber(0x005056000008 + 16 * i), ipv4, interfaceId: 5 });
  }
  kitchen.links.push({ a: 'fw1:ha1', b: 'fw2:ha1', rateBps: 1e9, latencyNs: nanos(500), queueBytes: 64_000 });
  return {
    name: 'pair',
    mode: 'active-passive',
    group: 7,
    members: [
      { node: 'fw1', deviceId: 0, priority: 50, ha1: 'ha1', ...((places[0] & 4) !== 0 && { preemptive: true }) },
      { node: 'fw2', deviceId: 1, priority: 100, ha1: 'ha1', ...((places[0] & 4) !== 0 && { preemptive: true }) },
    ],
    timers: { helloNs: ms(80), heartbeatNs: ms(50), promotionHoldNs: ms(40), initialHoldNs: ms(200), ...SHORT_HOLDS },
    ...((places[0] & 8) !== 0 && { linkMonitoring: watched(['eth1', 'eth2'], places[1]) }),
    ...((places[1] & 8) !== 0 && { pathMonitoring: watched(['10.0.0.11', '10.0.1.12'], places[0]) }),
    ...((places[0] & 16) !== 0 && { passiveLinkState: 'shutdown', linkBringupNs: ms(places[1]) }),
  };
}

const SHORT_HOLDS = {
  ha1MonitorHoldNs: nanos(30 * MS),
  additionalMasterHoldUpNs: nanos(20 * MS),
  monitorFailHoldDownNs: nanos(100 * MS),
  preemptionHoldNs: nanos(60 * MS),
};

function watched(of: readonly string[], choice: number): HaMonitoring {
  return { condition: 'any', groups: [{ name: 'g', condition: pick(['any', 'all'], choice), of }] };
}

function cookFlows(kitchen: Kitchen, recipes: readonly FlowRecipe[]): Flow[] {
  const hosts = kitchen.interfaces.filter(({ node }) => node.startsWith('h'));
  return recipes.map(({ from, to, intervalUs, bytes, startMs, lengthMs }, i) => {
    const source = pick(hosts, from);
    const target = pick(hosts, to).ipv4[0]?.address ?? ('10.0.0.99' as Ipv4);
    return {
      name: `f${i}`,
      from: endpointOf(source),
      to: to === 63 ? ('10.0.0.99' as Ipv4) : target,
      // Odd picoseconds: the remainder must be carried, or the rhythm drifts.
      intervalPs: intervalUs * 1_000_000 + 333,
      frameBytes: 60 + (bytes % (source.mtu + 14 - 60 + 1)),
      startNs: ms(startMs),
      stopNs: ms(Math.min(startMs + lengthMs, BUSY_NS / MS)),
    };
  });
}

// ── What happens ────────────────────────────────────────────────────────────────────────────────────────────────────

function cookInputs(lab: Lab, happenings: readonly Happening[]): Input[] {
  const inputs: Input[] = [defineInput(lab)];
  for (const one of [...happenings].sort((a, b) => a.atMs - b.atMs)) {
    inputs.push({ type: 'TimeAdvanced', data: { toNs: one.atMs * MS } });
    inputs.push(inputOf(lab, one));
  }
  for (const toNs of [BUSY_NS, QUIET_NS, QUIET_NS]) inputs.push({ type: 'TimeAdvanced', data: { toNs } });
  return inputs;
}

function inputOf(lab: Lab, one: Happening): Input {
  if (one.kind === 'command')
    return { type: 'CommandReceived', data: { command: commandOf(lab, one.verb, one.target, one.value) } };
  const { node, name } = pick(lab.interfaces, one.port);
  if (one.kind === 'carrier') return { type: 'CarrierReported', data: { node, interface: name, up: one.up } };
  const frames = one.frames.map((frame) => ({ afterNs: frame.afterUs * 1000, bytes: frameBytes(lab, frame) }));
  return { type: 'FramesReceived', data: { node, interface: name, frames } };
}

function commandOf(lab: Lab, verb: number, target: number, value: number): string {
  const node = pick(lab.nodes, target).name;
  const iface = pick(lab.interfaces, target);
  const switchName = pick(namesOf(lab, 'vswitch', 'v1'), target);
  const firewall = pick(namesOf(lab, 'firewall', 'fw1'), target);
  const mac = pick(macsOf(lab), value);
  const setting = pick(['promiscuous', 'mac-changes', 'forged-transmits'], value);
  const verdict = value & 8 ? 'accept' : 'reject';
  const port = `${pick(['s1', 's2', switchName], value)}:p${(target % 3) + 1}`;
  return pick(
    [
      `crash ${node}`,
      `power-on ${node}`,
      `power-on ${firewall}`,
      `crash ${firewall}`,
      `link down ${endpointOf(iface)}`,
      `link up ${endpointOf(iface)}`,
      `set ${switchName} ${setting} ${verdict}`,
      `set ${switchName} ${setting} ${verdict}`,
      `set ${switchName}:p${(value % 3) + 1} ${setting} ${verdict}`,
      `commit ${firewall} use-hypervisor-mac ${value & 8 ? 'on' : 'off'}`,
      `edit-mac ${endpointOf(iface)} ${mac}`,
      `guest-mac ${endpointOf(iface)} ${mac}`,
      `license ${firewall} ${macFromNumber(macToNumber(mac) - 7)}`,
      `ha-process ${firewall} ${value & 8 ? 'start' : 'stop'}`,
      `suspend ${firewall}`,
      `functional ${firewall}`,
      `set ${switchName} forged-transmits`,
      `link down ${switchName}:up1`,
      `impair ${endpointOf(iface)} loss ${value % 30}% jitter ${value}us`,
      `impair ${endpointOf(iface)} corruption ${value % 20}% delay ${value}us`,
      `impair ${endpointOf(iface)} reset`,
      `inspect-arp s1 ${value & 8 ? 'on' : 'off'}`,
      `bind s1 10.0.0.${10 + (value % 6)} ${value & 8 ? mac : 'none'}`,
      `secure ${port} mac-limit ${value % 3} arp-limit ${value % 5} violation ${value & 8 ? 'drop' : 'shutdown'}`,
      `secure ${port} trust ${value & 8 ? 'on' : 'off'}`,
      `port ${port} ${value & 8 ? 'block' : 'unblock'}`,
      `ip link set nic:pf vf ${target % 4} mac ${mac} vlan ${pick([0, 0, 10], value)}`,
      `ip link set nic:pf vf ${target % 4} spoofchk ${value & 8 ? 'on' : 'off'} trust ${value & 4 ? 'on' : 'off'}`,
      `ip link set nic:pf vf ${target % 4} state ${pick(VF_LINK_STATES, value)} max_tx_rate ${value * 20}`,
      `ip link set nic:pf promisc ${value & 8 ? 'on' : 'off'}`,
      `bridge link set nic:pf hwmode ${value & 8 ? 'veb' : 'vepa'}`,
      `sriov_numvfs nic:pf ${value % (VFS + 2)}`,
      `release nic:vf${target % 4}`,
      `assign nic:vf${target % 4} ${lab.links.find(({ a }) => a === `nic:vf${target % 4}`)?.b ?? 'nobody:eth0'}`,
      `ethtool -s nic:pf speed ${pick([100, 1000, 10_000, 40_000], value)}`,
      `vf nic:vf${target % 4} ${pick(['reload', 'reload', 'enable', 'malicious'], value)}`,
      `vf nic:vf${target % 4} request ${pick(VF_REQUESTS, value)}`,
      `vf nic:vf${target % 4} request ${pick(VF_REQUESTS, value + 7)}`,
    ],
    verb,
  );
}

const VF_REQUESTS = [
  '00000001',
  '00010004 0000000a',
  '00010006 205e0002 00000200',
  '00020003 00100120',
  '0000000c 00000003',
  '00000005 0000233a',
  '0000007f',
  'ADD_ETH_ADDR 01:00:5e:00:00:05 02:00:00:99:00:01',
  'DEL_ETH_ADDR 02:00:00:99:00:01',
  'ADD_VLAN 10',
  'CONFIG_PROMISCUOUS_MODE 3',
  'DISABLE_QUEUES 1 1',
  'REQUEST_QUEUES 6',
  'ADD_ETH_ADDR 00:00:00:00:00:00',
];

/** Names of a kind's nodes; where the lab has none, one it does not know. */
export function namesOf(lab: Lab, kind: LabNode['kind'], stranger: string): readonly string[] {
  const names = lab.nodes.filter((node) => node.kind === kind).map(({ name }) => name);
  return names.length > 0 ? names : [stranger];
}

const STRANGERS = ['02:00:00:99:00:01', '02:00:00:99:00:02', '01:00:5e:00:00:05', '00:00:00:00:00:00'] as Mac[];

function macsOf(lab: Lab): readonly Mac[] {
  return [...lab.interfaces.flatMap(({ mac }) => (mac === null ? [] : [mac])), ...STRANGERS];
}

function frameBytes(lab: Lab, recipe: FrameRecipe): Uint8Array {
  const { shape, src, dst, etherType, length, vlan, fill } = recipe;
  if (shape === 'garbage') return new Uint8Array(length).map((_, i) => (i * 31 + fill * (i + 7)) & 0xff);
  const macs = macsOf(lab);
  if (shape === 'garp') {
    const addresses = lab.interfaces.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address));
    return emitArpFrame(garpRequest(pick(macs, src), pick(addresses, dst)));
  }
  const bytes = new Uint8Array(Math.max(18, length)).fill(fill);
  const view = new DataView(bytes.buffer);
  putMac(bytes, 0, shape === 'broadcast' ? ('ff:ff:ff:ff:ff:ff' as Mac) : pick(macs, dst));
  putMac(bytes, 6, pick(macs, src));
  view.setUint16(12, shape === 'tagged' ? 0x8100 : etherType);
  if (shape === 'tagged') view.setUint16(14, 0x6000 | vlan);
  return shape === 'truncated' ? bytes.slice(0, length % 40) : bytes;
}

function putMac(bytes: Uint8Array, at: number, mac: Mac): void {
  bytes.set(
    mac.split(':').map((byte) => Number.parseInt(byte, 16)),
    at,
  );
}

function ms(value: number): Nanos {
  return nanos(value * MS);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function pick<T>(items: readonly T[], choice: number): T {
  const item = items[choice % items.length];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}
