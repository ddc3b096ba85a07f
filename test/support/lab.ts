/**
 * Labs for tests, written in TypeScript: small parts with sensible defaults, put together in canonical order.
 *
 *   lab(
 *     hypervisor('esx1'),
 *     vswitch('vsw', { on: 'esx1', ports: { p1: { vlan: 10 } }, uplinks: ['u1'] }),
 *     host('g1', { on: 'esx1', mac: '00:50:56:c0:00:11', ip: '10.0.1.11/24', gateway: '10.0.1.1' }),
 *     link('g1:eth0', 'vsw:p1'),
 *   )
 *
 * No topology file is read and nothing is resolved: what a test says is what the engine gets.
 */
import type { NativeDrivers } from '../../ts/model/hardware/driver-matrix.ts';
import { interfaceId } from '../../ts/model/hardware/firewall-mac.ts';
import { NEW_VF, type NicModel, type VfConfig } from '../../ts/model/hardware/nic.ts';
import type { HaMode, PacketIoMode } from '../../ts/model/hardware/packet-io.ts';
import type { Platform } from '../../ts/model/hardware/platforms.ts';
import { OWN_VNIC, type VirtualNic } from '../../ts/model/hardware/vnic.ts';
import type { Endpoint } from '../../ts/model/lab/endpoint.ts';
import type { Flow } from '../../ts/model/lab/flow.ts';
import type { HaMember, HaPair, HaTimers } from '../../ts/model/lab/ha-pair.ts';
import type { InterfaceMode, LabInterface, VhostMode } from '../../ts/model/lab/interfaces.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import type { LabLink } from '../../ts/model/lab/links.ts';
import type { ArpProfile, LabNode, MacLearning, Nic, Route, VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { Teaming } from '../../ts/model/lab/teaming.ts';
import { type Ipv4, type Ipv4Prefix, parseIpv4, parseIpv4Prefix } from '../../ts/values/ipv4-address.ts';
import { type Mac, parseMac } from '../../ts/values/mac.ts';
import { type Nanos, nanos } from '../../ts/values/nanos.ts';

/** A piece of a lab: a node with its interfaces, a link, a pair or a flow. */
export interface Part {
  readonly nodes?: readonly LabNode[];
  readonly interfaces?: readonly LabInterface[];
  readonly links?: readonly LabLink[];
  readonly haPairs?: readonly HaPair[];
  readonly flows?: readonly Flow[];
}

/** Puts parts together: nodes by name, interfaces by node and name, links as written. */
export function lab(...parts: readonly Part[]): Lab {
  return {
    schema: 1,
    nodes: parts.flatMap(({ nodes = [] }) => nodes).sort((a, b) => compare(a.name, b.name)),
    interfaces: parts
      .flatMap(({ interfaces = [] }) => interfaces)
      .sort((a, b) => compare(a.node, b.node) || compare(a.name, b.name)),
    links: parts.flatMap(({ links = [] }) => links),
    haPairs: parts.flatMap(({ haPairs = [] }) => haPairs),
    flows: parts.flatMap(({ flows = [] }) => flows),
  };
}

// ── Words into values ───────────────────────────────────────────────────────────────────────────────────────────────

export function ms(value: number): Nanos {
  return nanos(Math.round(value * 1e6));
}

export function seconds(value: number): Nanos {
  return nanos(Math.round(value * 1e9));
}

export function mac(text: string): Mac {
  const value = parseMac(text);
  if (value === null) throw new RangeError(`${text} is not a MAC`);
  return value;
}

export function ip(text: string): Ipv4 {
  const value = parseIpv4(text);
  if (value === null) throw new RangeError(`${text} is not an IPv4 address`);
  return value;
}

function prefix(text: string): Ipv4Prefix {
  const value = parseIpv4Prefix(text);
  if (value === null) throw new RangeError(`${text} is not an IPv4 address with a prefix length`);
  return value;
}

/** Code unit order, as the resolver sorts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// ── Interfaces ──────────────────────────────────────────────────────────────────────────────────────────────────────

interface InterfaceOptions {
  readonly mode?: InterfaceMode;
  readonly mac?: string;
  /** "10.0.1.1/24", or several. */
  readonly ip?: string | readonly string[];
  readonly mtu?: number;
  /** Firewall: the virtual NIC, where it is not the platform's own. */
  readonly vnic?: Partial<VirtualNic>;
}

interface PortOptions {
  /** Default the largest there is: only tests of MTUs say another. */
  readonly mtu?: number;
  /** Bridge with a DPDK datapath. */
  readonly vhost?: VhostMode;
  readonly vlan?: number;
  readonly policy?: Partial<VSwitchPolicy>;
  /** Of the port group, where only some ports of the vSwitch learn. */
  readonly learning?: Partial<MacLearning>;
  /** Of a bridge: the bond it is in. */
  readonly bond?: string;
}

function layer3Interface(node: string, name: string, options: InterfaceOptions): LabInterface {
  const addresses = options.ip === undefined ? [] : [options.ip].flat();
  return {
    node,
    name,
    mode: options.mode ?? 'layer3',
    mac: mac(options.mac ?? defaultMac(node, name)),
    ipv4: addresses.map(prefix),
    mtu: options.mtu ?? 1500,
    vlan: 0,
    policy: null,
    ...(options.vnic && { vnic: { ...OWN_VNIC, ...options.vnic } }),
    interfaceId: 0,
  };
}

function switchPort(node: string, name: string, mode: 'port' | 'uplink', options: PortOptions): LabInterface {
  const { vlan = 0, policy = null, learning, bond, vhost, mtu = 9216 } = options;
  const own = { node, name, mode, mac: null, ipv4: [], mtu, vlan, policy, interfaceId: 0 };
  const port = { ...own, ...(bond !== undefined && { bond }), ...(vhost !== undefined && { vhost }) };
  return learning === undefined ? port : { ...port, learning: macLearning(learning) };
}

/** Rules LRN-01 to LRN-03: 600 s, flooding, 4096 addresses, unless told otherwise. */
function macLearning(options: Partial<MacLearning>): MacLearning {
  return { flood: true, limit: 4096, limitPolicy: 'allow', ageingNs: seconds(600), ...options };
}

/** A locally administered MAC that depends on nothing but the names. */
function defaultMac(node: string, name: string): string {
  let sum = 0;
  for (const letter of `${node}:${name}`) sum = (sum * 31 + letter.charCodeAt(0)) % 0xffffff;
  const tail = sum
    .toString(16)
    .padStart(6, '0')
    .replace(/(..)(?=.)/g, '$1:');
  return `02:00:00:${tail}`;
}

// ── Nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export function hypervisor(name: string, platform: Platform = 'esxi'): Part {
  return { nodes: [{ kind: 'hypervisor', name, platform }] };
}

interface VSwitchOptions {
  readonly on?: string;
  readonly ports: Readonly<Record<string, PortOptions>>;
  /** The first is active, the rest stand by. */
  readonly uplinks?: readonly string[];
  readonly policy?: Partial<VSwitchPolicy>;
  readonly learning?: Partial<MacLearning>;
  readonly reversePathCheckPromisc?: boolean;
  readonly teaming?: Teaming;
}

/** A vSwitch that rejects everything, unless told otherwise. */
export function vswitch(name: string, options: VSwitchOptions): Part {
  const { on = 'esx1', ports, uplinks = [], policy, learning, reversePathCheckPromisc = false, teaming } = options;
  return {
    nodes: [
      {
        kind: 'vswitch',
        name,
        on,
        policy: { promiscuous: false, macChanges: false, forgedTransmits: false, ...policy },
        learning: learning === undefined ? null : macLearning(learning),
        uplinks,
        reversePathCheckPromisc,
        ...(teaming !== undefined && { teaming }),
      },
    ],
    interfaces: [
      ...Object.entries(ports).map(([port, own]) => switchPort(name, port, 'port', own)),
      ...uplinks.map((uplink) => switchPort(name, uplink, 'uplink', {})),
    ],
  };
}

interface SwitchOptions {
  readonly kind?: 'switch' | 'bridge';
  readonly ports: Readonly<Record<string, PortOptions>>;
  readonly ageingNs?: Nanos;
  readonly tableSize?: number;
  /** Release of a bridge's DPDK. */
  readonly dpdk?: string;
}

export function learningSwitch(name: string, options: SwitchOptions): Part {
  const { kind = 'switch', ports, ageingNs = seconds(300), tableSize = 8192, dpdk } = options;
  return {
    nodes: [{ kind, name, ageingNs, tableSize, ...(dpdk !== undefined && { dpdk }) }],
    interfaces: Object.entries(ports).map(([port, own]) => switchPort(name, port, 'port', own)),
  };
}

interface NicOptions {
  readonly on?: string;
  readonly model?: NicModel;
  /** What the administrator set of each VF, from vf0 on. */
  readonly vfs: readonly Partial<VfConfig>[];
  readonly bridgeMode?: Nic['bridgeMode'];
  readonly defaultPool?: boolean;
  readonly trafficClasses?: number;
  readonly pfMac?: string;
  readonly pfMtu?: number;
  readonly pfPromiscuous?: boolean;
  readonly pfVlans?: readonly number[];
  readonly driverVersion?: string;
  /** VFs there are at first, where that is not all of them. */
  readonly enabledVfs?: number;
}

/** An SR-IOV NIC: an X550 in VEB mode, unless told otherwise. */
export function nic(name: string, options: NicOptions): Part {
  const { on = 'esx1', model = 'x550', vfs, bridgeMode = 'veb', defaultPool = true, trafficClasses = 1, pfMtu = 1500 } = options;
  const { pfPromiscuous = false, pfVlans = [], pfMac = defaultMac(name, 'pf'), driverVersion } = options;
  const driver = driverVersion === undefined ? {} : { driverVersion };
  const enabled = options.enabledVfs === undefined ? {} : { enabledVfs: options.enabledVfs };
  const shared = { node: name, mac: null, ipv4: [], mtu: 9216, vlan: 0, policy: null, interfaceId: 0 };
  const functions: LabInterface[] = vfs.map((config, number) => {
    return { ...shared, name: `vf${number}`, mode: 'vf', vlan: config.vlan ?? 0, vf: { ...NEW_VF, ...config } };
  });
  return {
    nodes: [
      { kind: 'nic', name, on, model, bridgeMode, defaultPool, trafficClasses, pfPromiscuous, pfVlans, ...driver, ...enabled },
    ],
    interfaces: [
      { ...shared, name: 'wire', mode: 'wire' },
      { ...shared, name: 'pf', mode: 'pf', mac: mac(pfMac), mtu: pfMtu },
      ...functions,
    ],
  };
}

interface HostOptions extends InterfaceOptions {
  readonly on?: string;
  readonly gateway?: string;
  readonly arpProfile?: ArpProfile;
  readonly ignoreGratuitous?: boolean;
  readonly acceptUnsolicited?: boolean;
}

/** An end host with one interface, eth0. */
export function host(name: string, options: HostOptions = {}): Part {
  const { on = null, gateway, arpProfile = 'vm-host', ignoreGratuitous = false, acceptUnsolicited = false } = options;
  const routes: Route[] = gateway === undefined ? [] : [{ network: prefix('0.0.0.0/0'), via: ip(gateway) }];
  return {
    nodes: [{ kind: 'host', name, on, routes, arpProfile, ignoreGratuitous, acceptUnsolicited }],
    interfaces: [layer3Interface(name, 'eth0', options)],
  };
}

interface FirewallOptions {
  readonly on?: string;
  readonly useHypervisorMac?: boolean;
  readonly vmMacBase?: string;
  readonly packetIo?: PacketIoMode;
  readonly haMode?: HaMode;
  readonly nativeDrivers?: NativeDrivers;
  readonly interfaces: Readonly<Record<string, InterfaceOptions>>;
}

/** A firewall; interfaces called ha1 carry HA. */
export function firewall(name: string, options: FirewallOptions): Part {
  const { on = 'esx1', useHypervisorMac = true, vmMacBase = '7c:89:c2:f9:1d:00', packetIo = 'dpdk', interfaces } = options;
  const { haMode, nativeDrivers } = options;
  const io = { packetIo, ...(haMode && { haMode }), ...(nativeDrivers && { nativeDrivers }) };
  return {
    nodes: [{ kind: 'firewall', name, on, useHypervisorMac, vmMacBase: mac(vmMacBase), ...io, routes: [], arpProfile: 'firewall' }],
    interfaces: Object.entries(interfaces).map(([own, more]) => ({
      ...layer3Interface(name, own, { mode: own.startsWith('ha') ? 'ha' : 'layer3', ...more }),
      interfaceId: interfaceId(own.split('.')[0] ?? own) ?? 0,
    })),
  };
}

// ── Links, pairs, flows ─────────────────────────────────────────────────────────────────────────────────────────────

interface LinkOptions {
  /** Bits per second; 0 is unlimited. */
  readonly rateBps?: number;
  readonly latencyNs?: number;
  readonly queueBytes?: number;
  /** A device's cable to a guest that does not have it yet. */
  readonly reserved?: true;
}

/** A cable: 10 Gbit/s and 1 us, unless told otherwise. */
export function link(
  a: Endpoint,
  b: Endpoint,
  { rateBps = 10e9, latencyNs = 1000, queueBytes = 1_000_000, reserved }: LinkOptions = {},
): Part {
  return { links: [{ a, b, rateBps, latencyNs: nanos(latencyNs), queueBytes, ...(reserved && { reserved }) }] };
}

/** The cable of a device that a guest is given later, by `assign` (rule PCI-01). */
export function reservedLink(device: Endpoint, guest: Endpoint): Part {
  return { links: (link(device, guest).links ?? []).map((one) => ({ ...one, reserved: true })) };
}

export type TimerProfile = 'recommended' | 'aggressive';

interface HaOptions {
  readonly group?: number;
  readonly profile?: TimerProfile;
  /** Rule HA-06: the lower value wins. */
  readonly priorities?: readonly [number, number];
  /** Instead of the profile's. */
  readonly promotionHoldMs?: number;
  readonly timers?: Partial<HaTimers>;
  /** What else the pair has: a backup of HA1, monitors and so on. */
  readonly more?: Partial<HaPair>;
}

/** Rules HA-04, HA-05, HA-08, HA-01, in ms. */
const TIMERS_MS = {
  recommended: { hello: 8000, heartbeat: 2000, promotionHold: 2000, initialHold: 60_000 },
  aggressive: { hello: 8000, heartbeat: 1000, promotionHold: 500, initialHold: 60_000 },
} as const;

/** An HA pair over the interfaces called ha1. The first unit is preferred. */
export function haPair(a: string, b: string, options: HaOptions = {}): Part {
  const { group = 1, profile = 'recommended', priorities = [50, 100] } = options;
  const { hello, heartbeat, promotionHold, initialHold } = TIMERS_MS[profile];
  const timers = {
    helloNs: ms(hello),
    heartbeatNs: ms(heartbeat),
    promotionHoldNs: ms(options.promotionHoldMs ?? promotionHold),
    initialHoldNs: ms(initialHold),
    ...options.timers,
  };
  const members: [HaMember, HaMember] = [
    { node: a, deviceId: 0, priority: priorities[0], ha1: 'ha1' },
    { node: b, deviceId: 1, priority: priorities[1], ha1: 'ha1' },
  ];
  return { haPairs: [{ name: `${a}-${b}`, mode: 'active-passive', group, members, timers, ...options.more }] };
}

interface FlowOptions {
  readonly protocol?: 'tcp';
  readonly from: Endpoint;
  readonly to: string;
  readonly intervalPs: number;
  /** Without the check sequence. */
  readonly frameBytes?: number;
  readonly startNs?: number;
  readonly stopNs?: number;
}

export function flow(name: string, { from, to, intervalPs, frameBytes = 60, startNs = 0, stopNs, protocol }: FlowOptions): Part {
  const times = { startNs: nanos(startNs), stopNs: stopNs === undefined ? null : nanos(stopNs) };
  return { flows: [{ name, ...(protocol && { protocol }), from, to: ip(to), intervalPs, frameBytes, ...times }] };
}
