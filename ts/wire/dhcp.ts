/**
 * DHCP (RFC 2131) in BOOTP messages (RFC 951): what UDP carries between port 68 of a client and port 67 of a server or relay.
 *
 *   0    1      2      3     4    8      10      12      16      20      24      28       44      108    236      240      300
 *  ┌────┬──────┬──────┬─────┬────┬──────┬───────┬───────┬───────┬───────┬───────┬────────┬───────┬──────┬────────┬─────────┐
 *  │ op │ hard-│length│hops │xid │ secs │ flags │ciaddr │yiaddr │siaddr │giaddr │ chaddr │ sname │ file │ magic  │ options │
 *  │    │ ware │  6   │     │    │      │ B     │       │       │       │       │ 16     │ 0     │ 0    │63825363│ 255 pad │
 *  └────┴──────┴──────┴─────┴────┴──────┴───────┴───────┴───────┴───────┴───────┴────────┴───────┴──────┴────────┴─────────┘
 *
 * A message is padded to 300 bytes, the length of BOOTP (RFC 1542, section 2.1). Options are written in one order; options of other
 * codes are stepped over and not kept. Options overloaded into sname and file (option 52) are not read.
 */
import type { Ipv4 } from '../values/ipv4-address.ts';
import type { Mac } from '../values/mac.ts';
import { putU8, putU16, putU32, u8At, u16At, u32At } from './big-endian.ts';
import { readMac, writeMac } from './ethernet.ts';
import { readIpv4Address, writeIpv4Address } from './ipv4.ts';

export const DHCP_CLIENT_PORT = 68;
export const DHCP_SERVER_PORT = 67;
export const DHCP_BYTES_MIN = 300;

const OP = { request: 1, reply: 2 } as const;
const HARDWARE_ETHERNET = 1;
const [HOPS, XID, SECS, FLAGS, CIADDR, YIADDR, SIADDR, GIADDR, CHADDR] = [3, 4, 8, 10, 12, 16, 20, 24, 28];
const MAGIC_AT = 236;
const MAGIC = 0x63825363;
const OPTIONS_AT = 240;
const BROADCAST_FLAG = 0x8000;
const ZERO_IP = '0.0.0.0' as Ipv4;

/** In the order of their numbers, from 1 (RFC 2132, section 9.6). */
export const DHCP_TYPES = ['discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'] as const;
export type DhcpType = (typeof DHCP_TYPES)[number];

const OPTION = {
  pad: 0,
  subnetMask: 1,
  routers: 3,
  dns: 6,
  hostName: 12,
  requested: 50,
  leaseSeconds: 51,
  type: 53,
  server: 54,
  parameters: 55,
  renewSeconds: 58,
  rebindSeconds: 59,
  clientId: 61,
  relayAgent: 82,
  end: 255,
} as const;

/** What a message says beside its fixed fields; each absent where the message does not have the option. */
export interface DhcpOptions {
  readonly clientId?: Uint8Array;
  readonly requested?: Ipv4;
  readonly server?: Ipv4;
  readonly leaseSeconds?: number;
  readonly renewSeconds?: number;
  readonly rebindSeconds?: number;
  readonly subnetMask?: Ipv4;
  readonly routers?: readonly Ipv4[];
  readonly dns?: readonly Ipv4[];
  readonly hostName?: string;
  readonly parameters?: readonly number[];
  readonly relayAgent?: Uint8Array;
}

export interface DhcpMessage {
  readonly op: keyof typeof OP;
  readonly type: DhcpType;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  /** The client cannot take a unicast before it has an address: servers answer by broadcast. */
  readonly broadcast: boolean;
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  readonly chaddr: Mac;
  readonly options: DhcpOptions;
}

/** Fixed fields that most messages leave empty. */
export const DHCP_DEFAULTS = {
  hops: 0,
  secs: 0,
  broadcast: false,
  ciaddr: ZERO_IP,
  yiaddr: ZERO_IP,
  siaddr: ZERO_IP,
  giaddr: ZERO_IP,
} as const;

/** Client identifier of a MAC: hardware type and address (RFC 2132, section 9.14). */
export function macClientId(mac: Mac): Uint8Array {
  const id = new Uint8Array(7);
  id[0] = HARDWARE_ETHERNET;
  writeMac(id, 1, mac);
  return id;
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Null when the bytes are cut short, are BOOTP without a DHCP type, are of other hardware, or an option runs past the end. */
export function parseDhcp(bytes: Uint8Array, offset = 0): DhcpMessage | null {
  if (bytes.length - offset < OPTIONS_AT || u32At(bytes, offset + MAGIC_AT) !== MAGIC) return null;
  if (u8At(bytes, offset + 1) !== HARDWARE_ETHERNET || u8At(bytes, offset + 2) !== 6) return null;
  const op = u8At(bytes, offset) === OP.request ? 'request' : u8At(bytes, offset) === OP.reply ? 'reply' : null;
  const found = readOptions(bytes, offset + OPTIONS_AT);
  const type = DHCP_TYPES[u8At(found?.get(OPTION.type) ?? new Uint8Array(1), 0) - 1];
  if (op === null || found === null || type === undefined) return null;
  return {
    op,
    type,
    hops: u8At(bytes, offset + HOPS),
    xid: u32At(bytes, offset + XID),
    secs: u16At(bytes, offset + SECS),
    broadcast: (u16At(bytes, offset + FLAGS) & BROADCAST_FLAG) !== 0,
    ciaddr: readIpv4Address(bytes, offset + CIADDR),
    yiaddr: readIpv4Address(bytes, offset + YIADDR),
    siaddr: readIpv4Address(bytes, offset + SIADDR),
    giaddr: readIpv4Address(bytes, offset + GIADDR),
    chaddr: readMac(bytes, offset + CHADDR),
    options: valuesOf(found),
  };
}

/** Options by code; null when one runs past the end. An option that comes twice counts as one that is longer (RFC 3396). */
function readOptions(bytes: Uint8Array, from: number): Map<number, Uint8Array> | null {
  const found = new Map<number, Uint8Array>();
  for (let at = from; at < bytes.length; ) {
    const code = u8At(bytes, at);
    if (code === OPTION.end) return found;
    at++;
    if (code === OPTION.pad) continue;
    const end = at + 1 + u8At(bytes, at);
    if (at >= bytes.length || end > bytes.length) return null;
    const before = found.get(code);
    const value = bytes.slice(at + 1, end);
    found.set(code, before === undefined ? value : Uint8Array.from([...before, ...value]));
    at = end;
  }
  return found;
}

function valuesOf(found: ReadonlyMap<number, Uint8Array>): DhcpOptions {
  const address = (code: number) => {
    const value = found.get(code);
    return value?.length === 4 ? readIpv4Address(value, 0) : undefined;
  };
  const seconds = (code: number) => {
    const value = found.get(code);
    return value?.length === 4 ? u32At(value, 0) : undefined;
  };
  const options: { -readonly [K in keyof DhcpOptions]: DhcpOptions[K] | undefined } = {
    clientId: found.get(OPTION.clientId),
    requested: address(OPTION.requested),
    server: address(OPTION.server),
    leaseSeconds: seconds(OPTION.leaseSeconds),
    renewSeconds: seconds(OPTION.renewSeconds),
    rebindSeconds: seconds(OPTION.rebindSeconds),
    subnetMask: address(OPTION.subnetMask),
    routers: addressesIn(found.get(OPTION.routers)),
    dns: addressesIn(found.get(OPTION.dns)),
    hostName: textIn(found.get(OPTION.hostName)),
    parameters: listIn(found.get(OPTION.parameters)),
    relayAgent: found.get(OPTION.relayAgent),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function addressesIn(value: Uint8Array | undefined): readonly Ipv4[] | undefined {
  if (value === undefined || value.length === 0 || value.length % 4 !== 0) return undefined;
  return Array.from({ length: value.length / 4 }, (_, i) => readIpv4Address(value, i * 4));
}

/** Host names are ASCII (RFC 2132, section 3.14). */
function textIn(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : String.fromCharCode(...value);
}

function listIn(value: Uint8Array | undefined): readonly number[] | undefined {
  return value === undefined ? undefined : [...value];
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * A message of at least 300 bytes.
 * @throws RangeError when a field does not fit, or an option is longer than 255 bytes.
 */
export function emitDhcp(message: DhcpMessage): Uint8Array {
  const options = optionsOf(message).flatMap(([code, value]) => {
    if (value.length > 255) throw new RangeError(`DHCP option ${code} has ${value.length} bytes: expected at most 255`);
    return [code, value.length, ...value];
  });
  const out = new Uint8Array(Math.max(DHCP_BYTES_MIN, OPTIONS_AT + options.length + 1));
  putU8(out, 0, OP[message.op], 'BOOTP operation');
  putU8(out, 1, HARDWARE_ETHERNET, 'BOOTP hardware type');
  putU8(out, 2, 6, 'BOOTP hardware length');
  putU8(out, HOPS, message.hops, 'BOOTP hops');
  putU32(out, XID, message.xid, 'BOOTP transaction');
  putU16(out, SECS, message.secs, 'BOOTP seconds');
  putU16(out, FLAGS, message.broadcast ? BROADCAST_FLAG : 0, 'BOOTP flags');
  writeIpv4Address(out, CIADDR, message.ciaddr);
  writeIpv4Address(out, YIADDR, message.yiaddr);
  writeIpv4Address(out, SIADDR, message.siaddr);
  writeIpv4Address(out, GIADDR, message.giaddr);
  writeMac(out, CHADDR, message.chaddr);
  putU32(out, MAGIC_AT, MAGIC, 'DHCP magic cookie');
  out.set(options, OPTIONS_AT);
  putU8(out, OPTIONS_AT + options.length, OPTION.end, 'DHCP end option');
  return out;
}

/** Codes and values, in the order in which they are written: the relay's own option is the last (RFC 3046, section 2.1). */
function optionsOf({ type, options }: DhcpMessage): (readonly [code: number, value: ArrayLike<number> & Iterable<number>])[] {
  const { clientId, requested, server, leaseSeconds, renewSeconds, rebindSeconds, subnetMask, routers, dns } = options;
  const { hostName, parameters, relayAgent } = options;
  const all: (readonly [number, (ArrayLike<number> & Iterable<number>) | undefined])[] = [
    [OPTION.type, [DHCP_TYPES.indexOf(type) + 1]],
    [OPTION.clientId, clientId],
    [OPTION.requested, requested && addressBytes([requested])],
    [OPTION.server, server && addressBytes([server])],
    [OPTION.leaseSeconds, wordBytes(leaseSeconds)],
    [OPTION.renewSeconds, wordBytes(renewSeconds)],
    [OPTION.rebindSeconds, wordBytes(rebindSeconds)],
    [OPTION.subnetMask, subnetMask && addressBytes([subnetMask])],
    [OPTION.routers, routers && addressBytes(routers)],
    [OPTION.dns, dns && addressBytes(dns)],
    [OPTION.hostName, hostName === undefined ? undefined : [...hostName].map((letter) => letter.charCodeAt(0) & 0x7f)],
    [OPTION.parameters, parameters],
    [OPTION.relayAgent, relayAgent],
  ];
  return all.flatMap(([code, value]) => (value === undefined ? [] : [[code, value] as const]));
}

function addressBytes(addresses: readonly Ipv4[]): Uint8Array {
  const out = new Uint8Array(addresses.length * 4);
  addresses.forEach((address, i) => {
    writeIpv4Address(out, i * 4, address);
  });
  return out;
}

function wordBytes(value: number | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const out = new Uint8Array(4);
  putU32(out, 0, value, 'DHCP time');
  return out;
}
