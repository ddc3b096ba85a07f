/**
 * A real Linux bridge, for linux-bridge.ts. Runs in network, mount and user namespaces of its own, which end with it.
 *
 *   this process ── UDP on loopback ── vx1 ┐
 *                                      vx2 ┤ br0     each port of the bridge is a VXLAN device: what the bridge sends by it
 *                                      …   ┘         arrives here as a datagram that names it, and the other way round
 *
 * VXLAN, because it needs neither root nor native code. The destination is the broadcast address of the
 * loopback network: to any other local address the kernel would deliver between its own VXLAN devices and never by UDP.
 *
 * One request on stdin, one answer on stdout, both JSON.
 */
import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export interface BridgeRequest {
  readonly ports: number;
  readonly frames: readonly BridgeFrame[];
}

export interface BridgeFrame {
  /** From 1. */
  readonly port: number;
  /** Its last four bytes are its number, from 0. */
  readonly hex: string;
  /** A broadcast: the next frame waits until it has come out of all other ports. */
  readonly isFence: boolean;
}

/** The copies of each frame. */
export type BridgeAnswer = readonly (readonly Omit<BridgeFrame, 'isFence'>[])[];

const TO_KERNEL = 14_789;
const FROM_KERNEL = 24_789;
const EVERYWHERE = '127.255.255.255';
const VXLAN_HEADER_BYTES = 8;
const VNI_AT = 4;
const HAS_VNI = 0x08;
const FENCE_MS = 2000;
/** For copies that another processor is still busy with. */
const DRAIN_MS = 50;
/** Nobody waits longer for this process than it lives. */
const LIFE_MS = 15_000;

setTimeout(() => process.exit(3), LIFE_MS).unref();
const request = JSON.parse(await text(process.stdin)) as BridgeRequest;
build(request.ports);
process.stdout.write(JSON.stringify(await pass(request)), () => process.exit(0));

/** Snooping and spanning tree off: the bridge forwards from the first frame, and groups like broadcast. */
function build(ports: number): void {
  const links = ['link set lo up', 'link add br0 type bridge stp_state 0 mcast_snooping 0', 'link set br0 up'];
  const remotes: string[] = [];
  for (let port = 1; port <= ports; port++) {
    links.push(`link add vx${port} type vxlan id ${port} local 127.0.0.1 dstport ${TO_KERNEL} nolearning`);
    links.push(`link set vx${port} master br0 up`);
    remotes.push(`fdb append 00:00:00:00:00:00 dev vx${port} dst ${EVERYWHERE} port ${FROM_KERNEL}`);
  }
  batch('ip', links);
  batch('bridge', remotes);
}

function batch(command: string, lines: readonly string[]): void {
  const { status, stderr } = spawnSync(command, ['-batch', '-'], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

async function pass({ ports, frames }: BridgeRequest): Promise<BridgeAnswer> {
  const copies: Omit<BridgeFrame, 'isFence'>[][] = frames.map(() => []);
  const arrived = createSocket('udp4');
  arrived.on('message', (datagram) => {
    const frame = datagram.subarray(VXLAN_HEADER_BYTES);
    const own = copies[frame.readUInt32BE(frame.length - 4)];
    // The bridge's own chatter (neighbour discovery) carries no number of ours, or not with our bytes: the spec compares them.
    own?.push({ port: vniOf(datagram), hex: frame.toString('hex') });
    arrived.emit('counted');
  });
  arrived.bind(FROM_KERNEL, EVERYWHERE);
  const sender = createSocket('udp4');
  sender.connect(TO_KERNEL, '127.0.0.1');
  await Promise.all([once(arrived, 'listening'), once(sender, 'connect')]);
  for (const [number, frame] of frames.entries()) {
    await send(sender, frame);
    if (frame.isFence) await reached(arrived, () => (copies[number]?.length ?? 0) >= ports - 1, number);
  }
  await pause(DRAIN_MS);
  return copies;
}

function vniOf(datagram: Buffer): number {
  return datagram.readUIntBE(VNI_AT, 3);
}

function send(socket: Socket, { port, hex }: BridgeFrame): Promise<void> {
  const header = Buffer.alloc(VXLAN_HEADER_BYTES);
  header[0] = HAS_VNI;
  header.writeUIntBE(port, VNI_AT, 3);
  return new Promise((resolve, reject) => {
    socket.send([header, Buffer.from(hex, 'hex')], (error) => (error === null ? resolve() : reject(error)));
  });
}

async function reached(socket: Socket, isDone: () => boolean, number: number): Promise<void> {
  const signal = AbortSignal.timeout(FENCE_MS);
  while (!isDone()) {
    await once(socket, 'counted', { signal }).catch((cause: unknown) => {
      throw new Error(`frame ${number}, a broadcast, did not come out of every other port`, { cause });
    });
  }
}
