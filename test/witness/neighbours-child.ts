/**
 * A real Linux host, for linux-neighbours.ts. Runs in network, mount and user namespaces of its own, which end with it.
 *
 *   this process ── UDP on loopback ── vx1 10.9.1.70   as it comes
 *                                      vx2 10.9.2.70   arp_accept 1
 *                                      vx3 10.9.3.70   drop_gratuitous_arp 1
 *
 * Each interface is a VXLAN device, because that needs neither root nor native code: a datagram to it is a frame it receives.
 * One request on stdin, one answer on stdout, both JSON.
 */
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export type Before = 'none' | 'INCOMPLETE' | 'REACHABLE <1s' | 'REACHABLE >1s' | 'STALE' | 'PERMANENT' | 'FAILED';

export interface NeighbourCase {
  /** From 1. */
  readonly device: number;
  /** The neighbour; each case has its own. */
  readonly ip: string;
  readonly before: Before;
  /** The one frame. */
  readonly hex: string;
}

export interface NeighbourRequest {
  /** MAC of every device. */
  readonly mac: string;
  /** MAC of entries that are there before the frame. */
  readonly oldMac: string;
  readonly cases: readonly NeighbourCase[];
  /** Then the carrier of device 1 goes and comes. */
  readonly flap: boolean;
}

/** What the kernel has of each case's neighbour after the frame: MAC ('' for none) and NUD state ('' without an entry). */
export interface NeighbourAnswer {
  readonly after: readonly { readonly mac: string; readonly state: string }[];
  /** Entries of device 1 after its carrier came back. */
  readonly afterFlap: readonly string[];
}

const DEVICES = [1, 2, 3];
const TO_KERNEL = 14_789;
const VXLAN_HEADER_BYTES = 8;
const VNI_AT = 4;
const HAS_VNI = 0x08;
const DISCARD_PORT = 9;
/** Three requests, one second apart, and a second for the last; then some. */
const FAILURE_MS = 4500;
/** Beyond locktime. */
const OLD_MS = 1500;
/** An entry is young while it is younger than locktime, a second. */
const YOUNG_MS = 800;
const SETTLE_MS = 100;
const LIFE_MS = 45_000;

setTimeout(() => process.exit(3), LIFE_MS).unref();
const request = JSON.parse(await text(process.stdin)) as NeighbourRequest;
build(request.mac);
process.stdout.write(JSON.stringify(await play(request)), () => process.exit(0));

function build(mac: string): void {
  const links = DEVICES.flatMap((id) => [
    `link add vx${id} address ${mac} type vxlan id ${id} local 127.0.0.1 dstport ${TO_KERNEL} nolearning`,
    `address add 10.9.${id}.70/24 dev vx${id}`,
    `link set vx${id} up`,
  ]);
  batch(['link set lo up', ...links]);
  // A new namespace may inherit what the machine has: each setting that matters is written.
  for (const id of DEVICES) {
    const set = (name: string, on: boolean) => writeFileSync(`/proc/sys/net/ipv4/conf/vx${id}/${name}`, on ? '1' : '0');
    set('arp_accept', id === 2);
    set('drop_gratuitous_arp', id === 3);
    set('arp_evict_nocarrier', true);
    set('rp_filter', false);
    set('forwarding', false);
  }
}

function batch(lines: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip: ${stderr}`);
}

async function play({ oldMac, cases, flap }: NeighbourRequest): Promise<NeighbourAnswer> {
  const socket = createSocket('udp4');
  const having = (...states: Before[]) => cases.filter(({ before }) => states.includes(before));
  const ask = (some: readonly NeighbourCase[]) =>
    Promise.all(some.map(({ ip }) => send(socket, DISCARD_PORT, ip, Buffer.from('?'))));
  const know = (some: readonly NeighbourCase[], nud: string) =>
    batch(some.map(({ device, ip }) => `neigh replace ${ip} lladdr ${oldMac} nud ${nud} dev vx${device}`));
  await ask(having('FAILED'));
  await pause(FAILURE_MS);
  know(having('REACHABLE >1s'), 'reachable');
  know(having('STALE'), 'stale');
  know(having('PERMANENT'), 'permanent');
  await pause(OLD_MS);
  await ask(having('INCOMPLETE'));
  const young = having('REACHABLE <1s');
  const beforeMs = performance.now();
  know(young, 'reachable');
  for (const one of [...young, ...cases.filter((other) => !young.includes(other))]) await frame(socket, one);
  if (performance.now() - beforeMs > YOUNG_MS) throw new Error('too slow: young entries grew old before their frames came');
  await pause(SETTLE_MS);
  const rows = neighbours('');
  const after = cases.map(({ ip }) => {
    const row = rows.find(({ dst }) => dst === ip);
    return { mac: row?.lladdr ?? '', state: row?.state[0] ?? '' };
  });
  return { after, afterFlap: flap ? await flapped() : [] };
}

/** `protodown` takes the carrier of a device that has no cable to pull. */
async function flapped(): Promise<string[]> {
  batch(['link set vx1 protodown on']);
  await pause(SETTLE_MS);
  batch(['link set vx1 protodown off']);
  await pause(SETTLE_MS);
  return neighbours('vx1').map(({ dst, state }) => `${dst} ${state[0] ?? ''}`);
}

interface Row {
  readonly dst: string;
  readonly lladdr?: string;
  readonly state: readonly string[];
}

function neighbours(device: string): Row[] {
  const only = device === '' ? [] : ['dev', device];
  const { stdout } = spawnSync('ip', ['-4', '-j', 'neigh', 'show', ...only, 'nud', 'all'], { encoding: 'utf8' });
  const rows = JSON.parse(stdout) as Row[];
  return rows.filter(({ dst, state }) => dst.startsWith('10.9.') && state[0] !== 'NOARP');
}

function frame(socket: Socket, { device, hex }: NeighbourCase): Promise<void> {
  const header = Buffer.alloc(VXLAN_HEADER_BYTES);
  header[0] = HAS_VNI;
  header.writeUIntBE(device, VNI_AT, 3);
  return send(socket, TO_KERNEL, '127.0.0.1', Buffer.concat([header, Buffer.from(hex, 'hex')]));
}

function send(socket: Socket, port: number, address: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, port, address, (error) => (error === null ? resolve() : reject(error)));
  });
}
