/**
 * One decision path: what the burst entry does with frames is what `run` does with them. The same seeded workload goes
 * through both; deliveries, drops, counters and tables must be the same, and so must every byte of state but the queue's.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DROP_POLICY_DENY } from '../../gen/asm/drop-reasons.ts';
import { Device } from '../../ts/bench/device.ts';
import { JsNic } from '../../ts/bench/js-nic.ts';
import { JsSwitch } from '../../ts/bench/js-switch.ts';
import {
  ACCESS_VLAN,
  FIRST_VF,
  firewallShape,
  type NicShape,
  nicShape,
  PF,
  type Shape,
  STATION_MAC,
} from '../../ts/bench/shape.ts';

const MODULE = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const ROUNDS = 400;
const ROUND_NS = 1_000_000_000;
const TRACE_BYTES = 1 << 20;

/** xorshift32. */
function drawing(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

function addressOf(station: number): number[] {
  const mac = STATION_MAC + station;
  return Array.from({ length: 6 }, (_, i) => Math.floor(mac / 2 ** (8 * (5 - i))) & 0xff);
}

/** A frame from anyone to anyone: known or not, broadcast, tagged, a runt, too long, IPv4 that a router would pass or not. */
function anyFrame(draw: (below: number) => number, shape: Shape): Uint8Array {
  const stations = shape.stations + 4;
  const length = draw(20) === 0 ? draw(14) : 60 + draw(40);
  const bytes = new Uint8Array(Math.max(length, 60));
  bytes.set(draw(12) === 0 ? [255, 255, 255, 255, 255, 255] : addressOf(draw(stations)));
  // A router's or firewall's own address, so that it has something to route.
  if (['router', 'router6', 'firewall'].includes(shape.kind) && draw(8) !== 0) bytes.set([6, 0, 0, 0, 0, draw(shape.ports)]);
  bytes.set(addressOf(draw(stations)), 6);
  const tagged = draw(5) === 0;
  if (tagged) bytes.set([0x81, 0, 0, draw(3) === 0 ? 11 : ACCESS_VLAN], 12);
  const at = tagged ? 16 : 12;
  bytes.set(shape.kind === 'router6' ? [0x86, 0xdd] : [8, 0], at);
  if (shape.kind === 'router6') fillPacket6(bytes.subarray(at + 2), draw, shape);
  else fillPacket(bytes.subarray(at + 2), draw, shape);
  return bytes.subarray(0, length);
}

function fillPacket(ip: Uint8Array, draw: (below: number) => number, shape: Shape): void {
  const port = draw(shape.ports);
  ip.set([
    0x45,
    0,
    0,
    46,
    0,
    0,
    0,
    0,
    draw(10) === 0 ? 1 : 64,
    17,
    0,
    0,
    10,
    9,
    9,
    9,
    10,
    port,
    0,
    (draw(shape.stations) & ~1) | port,
  ]);
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += ((ip[i] ?? 0) << 8) | (ip[i + 1] ?? 0);
  sum = (sum & 0xffff) + (sum >>> 16);
  const check = ~(sum + (sum >>> 16)) & 0xffff;
  ip.set([check >>> 8, check & 0xff], 10);
}

/** To a station, to a group, to the router itself, or to nobody: with a hop limit that may end here, or another version. */
function fillPacket6(packet: Uint8Array, draw: (below: number) => number, { ports, stations }: Shape): void {
  const port = draw(ports);
  const network = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, draw(12) === 0 ? 77 : port];
  const station = (draw(stations) & ~1) | port;
  const last = draw(20) === 0 ? [0xff, 0xfe] : [0, station];
  packet.set([draw(20) === 0 ? 0x45 : 0x60, 0, 0, 0, 0, draw(20) === 0 ? 200 : 2, 58, draw(10) === 0 ? 1 : 64]);
  // Of a network without a route: the router has nobody to tell that a hop limit ended.
  packet.set([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 9], 8);
  packet.set([...(draw(20) === 0 ? [0xff, 2, 0, 0, 0, 0, 0, 0] : network), 0, 0, 0, 0, 0, 0, ...last], 24);
}

interface Seen {
  readonly traces: unknown[];
  readonly notices: unknown[];
}

/**
 * In every round some frames leave one tester port together, and everything follows that does: by `run`, or by bursts of any
 * size on the device's port and then on the tester's.
 */
function play(device: Device, shape: Shape, polled: boolean): Seen {
  const draw = drawing(0x5eed);
  const size = drawing(0xb0057);
  const seen: Seen = { traces: [], notices: [] };
  device.watch(Array.from({ length: shape.ports * 2 }, (_, port) => port));
  for (let round = 1; round <= ROUNDS; round++) {
    const port = draw(shape.ports);
    const atNs = round * ROUND_NS;
    for (let left = 1 + draw(40); left > 0; left--) {
      device.inject({ port: shape.ports + port, direction: 'sent', atNs, cause: round, bytes: anyFrame(draw, shape) });
    }
    runTo(device, atNs + 1, seen);
    if (polled) {
      while (device.burst(port, 1 + size(32)) > 0) collect(device, seen);
      for (let link = shape.ports; link < shape.ports * 2; link++)
        while (device.burst(link, 1 + size(32)) > 0) collect(device, seen);
    }
    runTo(device, atNs + ROUND_NS / 2, seen);
  }
  return seen;
}

/** Lets `run` come to a time, whatever stops it on the way. */
function runTo(device: Device, untilNs: number, seen: Seen): void {
  for (let stop = ''; stop !== 'until'; ) {
    stop = device.run(untilNs);
    collect(device, seen);
    if (stop === 'timer') device.control.flushDropRuns();
  }
}

function collect(device: Device, { traces, notices }: Seen): void {
  for (const { bytes, ...rest } of device.takeTraces()) traces.push({ ...rest, bytes: Buffer.from(bytes).toString('hex') });
  for (const notice of device.takeNotices()) {
    notices.push(notice.kind !== 'drop' ? notice : { ...notice, head: Buffer.from(notice.head).toString('hex') });
  }
}

/** Counters and tables, all of them. */
function stateOf(device: Device, shape: Shape): unknown {
  const { control } = device;
  const { ports } = shape;
  return {
    totals: control.readTotals(),
    nodes: [0, 1].map((node) => control.readNode(node)),
    ports: Array.from({ length: ports * 2 }, (_, port) => control.readPort(port)),
    table: device.rows((start) => control.readFdb(0, start)),
    neighbours: device.rows((start) => control.readNeighbours(0, start)),
    drops: device.rows((start) => control.readDropRuns(start)),
    nic: shape.kind === 'nic' ? nicStateOf(device, shape) : null,
    sessions: device.rows((start) => control.readSessions(0, start)),
  };
}

/** Spoofed frames, and each function's pool with its last hash and the frames of its queues. */
function nicStateOf({ control }: Device, { ports, queues }: NicShape): unknown {
  const functions = Array.from({ length: ports - PF }, (_, i) => PF + i);
  return {
    nic: control.readNic(0),
    pools: functions.map((port) => control.readPool(port)),
    queues: functions.map((port) => Array.from({ length: queues }, (_, queue) => control.readQueueFrames(port, queue))),
  };
}

describe('burst and run decide alike', () => {
  test.each<Shape>([
    { kind: 'switch', ports: 4, stations: 16 },
    { kind: 'vswitch', ports: 4, stations: 4 },
    { kind: 'router', ports: 2, stations: 16 },
    { kind: 'router6', ports: 2, stations: 16 },
    nicShape(4, { queues: 4, hasWire: true }),
    firewallShape(256, { opens: true }),
  ])('$kind with $ports ports', (shape) => {
    const [bursts, events] = [true, false].map((polled) => {
      const device = new Device(MODULE, shape, { polled, traceBytes: TRACE_BYTES });
      return { seen: play(device, shape, polled), state: stateOf(device, shape) };
    });
    expect(bursts?.seen.traces.length).toBeGreaterThan(10_000);
    expect(bursts?.seen).toEqual(events?.seen);
    expect(bursts?.state).toEqual(events?.state);
  });

  test('RSS-02, VF-07: among the frames of the NIC were spoofed ones, and all queues of a VF had some', () => {
    const shape = nicShape(4, { queues: 4, hasWire: true });
    const device = new Device(MODULE, shape, { traceBytes: TRACE_BYTES });
    play(device, shape, true);
    expect(device.control.readNic(0).spoofed).toBeGreaterThan(0n);
    for (let queue = 0; queue < 4; queue++) expect(device.control.readQueueFrames(FIRST_VF, queue)).toBeGreaterThan(0n);
  });
});

test('among the packets of the firewall were some that opened a session and some that a policy denied', () => {
  const device = new Device(MODULE, firewallShape(256, { opens: true }), { traceBytes: TRACE_BYTES });
  const { notices } = play(device, firewallShape(256, { opens: true }), true);
  expect(device.control.readSessionTable(0).living).toBeGreaterThan(10);
  expect(notices).toContainEqual(expect.objectContaining({ kind: 'drop', reason: DROP_POLICY_DENY }));
});

test('the JavaScript baseline delivers what the data plane delivers, and loses nothing', () => {
  const shape: Shape = { kind: 'switch', ports: 8, stations: 64 };
  const [device, script] = [new Device(MODULE, shape), new JsSwitch(shape)];
  for (const burst of [1, 7, 32]) {
    device.polls(100, burst);
    script.polls(100, burst);
    expect(script.result()).toEqual(device.result());
  }
  const { born, copied, delivered, dropped, inFlight } = script.totals();
  expect(born + copied).toBe(delivered + dropped + inFlight);
  expect(script.buffers()).toBe(inFlight);
});

describe('the JavaScript baseline of a NIC delivers what the data plane delivers, into the same queues, and loses nothing', () => {
  test.each([
    nicShape(2, { queues: 4, hasWire: false }),
    nicShape(8, { queues: 1, hasWire: true }),
    nicShape(16, { queues: 2, hasWire: true }),
  ])('$stations VFs with $queues queues, wire: $hasWire', (shape) => {
    const [device, script] = [new Device(MODULE, shape), new JsNic(shape)];
    for (const burst of [1, 7, 32]) {
      device.polls(100, burst);
      script.polls(100, burst);
      expect(script.result()).toEqual(device.result());
    }
    const { born, copied, delivered, dropped, inFlight } = script.totals();
    expect(born + copied).toBe(delivered + dropped + inFlight);
    expect(script.buffers()).toBe(inFlight);
    expect(script.spoofed).toBe(0);
  });

  test('RSS-01: the hash alone', () => {
    const shape = nicShape(2, { queues: 4, hasWire: false });
    const [device, script] = [new Device(MODULE, shape), new JsNic(shape)];
    for (const count of [1, 100, 1000]) {
      device.hashes(count);
      script.hashes(count);
      expect(script.result()).toEqual(device.result());
    }
    expect(device.control.readTotals().inFlight).toBe(0);
  });
});
