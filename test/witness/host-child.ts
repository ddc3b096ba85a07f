/**
 * A real Linux host, for linux-host.spec.ts. Runs in network, mount and user namespaces of its own, which end with it.
 *
 *   this process ── UDP on loopback ── vx1, IPv6 as it comes (EUI-64 addresses, accept_ra 1), without a probe for duplicates
 *
 * vx1 is a VXLAN device, as in neighbours-child.ts: a datagram to it is a frame it receives. Sockets on the ports of DHCP take what the kernel's
 * own IP and UDP let through. One request on stdin, one answer on stdout, both JSON.
 */
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { readPcap } from '../../ts/capture/pcap.ts';

export type HostStep =
  /** vx1 receives the frames of a pcap file, in base64, one after the other. */
  | { readonly is: 'replay'; readonly pcap: string }
  /** A line of `ip -batch`, as a client's script would give it. */
  | { readonly is: 'ip'; readonly line: string }
  /** What the kernel believes now goes into the answer. */
  | { readonly is: 'look' };

export interface HostRequest {
  readonly mac: string;
  readonly steps: readonly HostStep[];
}

export interface HostView {
  /** "2001:db8::1/64". */
  readonly addresses: readonly string[];
  /** "default via fe80::1", "10.0.0.0/24". */
  readonly routes: readonly string[];
  /** Address, MAC and NUD state. */
  readonly neighbours: readonly string[];
}

export interface HostAnswer {
  readonly views: readonly HostView[];
  /** Payloads that sockets were given, by port, as hexadecimal digits, in order. */
  readonly heard: readonly { readonly port: number; readonly hex: string }[];
}

const TO_KERNEL = 14_790;
const VXLAN_HEADER_BYTES = 8;
const VNI_AT = 4;
const HAS_VNI = 0x08;
const DHCP_PORTS = [67, 68];
const SETTLE_MS = 150;
const LIFE_MS = 45_000;

setTimeout(() => process.exit(3), LIFE_MS).unref();
const request = JSON.parse(await text(process.stdin)) as HostRequest;
build(request.mac);
process.stdout.write(JSON.stringify(await play(request)), () => process.exit(0));

/** A new namespace may inherit what the machine has: each setting that matters is written. */
function build(mac: string): void {
  batch(['link set lo up', `link add vx1 address ${mac} type vxlan id 1 local 127.0.0.1 dstport ${TO_KERNEL} nolearning`]);
  const settings: readonly (readonly [string, number])[] = [
    ['ipv6/conf/vx1/disable_ipv6', 0],
    ['ipv6/conf/vx1/accept_dad', 0],
    ['ipv6/conf/vx1/accept_ra', 1],
    ['ipv6/conf/vx1/addr_gen_mode', 0],
    ['ipv6/conf/vx1/use_tempaddr', 0],
    ['ipv6/conf/vx1/forwarding', 0],
    ['ipv4/conf/vx1/rp_filter', 0],
    ['ipv4/conf/all/rp_filter', 0],
  ];
  for (const [name, value] of settings) writeFileSync(`/proc/sys/net/${name}`, String(value));
  batch(['link set vx1 up']);
}

function batch(lines: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip: ${stderr}`);
}

async function play({ steps }: HostRequest): Promise<HostAnswer> {
  const heard: { port: number; hex: string }[] = [];
  const listeners = await Promise.all(DHCP_PORTS.map((port) => listen(port, (hex) => heard.push({ port, hex }))));
  const sender = createSocket('udp4');
  const views: HostView[] = [];
  for (const step of steps) {
    if (step.is === 'replay') for (const bytes of framesOf(step.pcap)) await frame(sender, bytes);
    else await pause(SETTLE_MS);
    if (step.is === 'ip') batch([step.line]);
    else if (step.is === 'look') views.push(look());
  }
  await pause(SETTLE_MS);
  for (const socket of [...listeners, sender]) socket.close();
  return { views, heard };
}

function listen(port: number, take: (hex: string) => void): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes) => take(bytes.toString('hex')));
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, () => resolve(socket));
  });
}

function look(): HostView {
  const addresses = json<{ addr_info: { local: string; prefixlen: number }[] }>('addr', 'show', 'dev', 'vx1');
  const routes = [...json<Route>('-4', 'route', 'show', 'dev', 'vx1'), ...json<Route>('-6', 'route', 'show', 'dev', 'vx1')];
  const neighbours = json<{ dst: string; lladdr?: string; state: string[] }>('neigh', 'show', 'dev', 'vx1');
  return {
    addresses: addresses.flatMap(({ addr_info: own }) => own.map(({ local, prefixlen }) => `${local}/${prefixlen}`)).sort(),
    routes: routes.map(({ dst, gateway }) => (gateway === undefined ? dst : `${dst} via ${gateway}`)).sort(),
    neighbours: neighbours.map(({ dst, lladdr = '', state }) => `${dst} ${lladdr} ${state[0] ?? ''}`).sort(),
  };
}

interface Route {
  readonly dst: string;
  readonly gateway?: string;
}

function json<Row>(...args: readonly string[]): Row[] {
  const { stdout, stderr, status } = spawnSync('ip', ['-j', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip: ${stderr}`);
  return JSON.parse(stdout === '' ? '[]' : stdout) as Row[];
}

function framesOf(pcap: string): Uint8Array[] {
  return readPcap(Buffer.from(pcap, 'base64')).frames.map(({ bytes }) => bytes);
}

function frame(socket: Socket, bytes: Uint8Array): Promise<void> {
  const header = Buffer.alloc(VXLAN_HEADER_BYTES);
  header[0] = HAS_VNI;
  header.writeUIntBE(1, VNI_AT, 3);
  return new Promise((resolve, reject) => {
    socket.send(Buffer.concat([header, bytes]), TO_KERNEL, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
  });
}
