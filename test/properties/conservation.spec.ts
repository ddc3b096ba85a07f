/**
 * Nothing dies silently: at any moment, per node and in all, frames that came are frames that went, ended, or wait; and every
 * frame that was dropped is in the log.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Conservation, readConservation, readDerived } from '../../ts/engine/derived.ts';
import type { Engine } from '../../ts/engine/engine.ts';
import { defineInput } from '../../ts/engine/script.ts';
import { endpointOf } from '../../ts/model/lab/endpoint.ts';
import { type Ipv4, ipv4FromNumber } from '../../ts/values/ipv4-address.ts';
import type { Mac } from '../../ts/values/mac.ts';
import { arpRequest, emitArpFrame } from '../../ts/wire/arp.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { pingFrame, plainFrame, strangerMac } from '../support/frames.ts';
import { firewall, host, hypervisor, lab, learningSwitch, link, ms } from '../support/lab.ts';
import { given } from '../support/run.ts';
import { feed, newEngine, runInPieces } from './drive.ts';
import type { Scenario } from './random-lab.ts';
import { runs } from './runs.ts';
import { firewallScenarios, scenarios, switchScenarios } from './scenarios.ts';

const pieces = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 6 });

test('per node and in all, every frame is accounted for at any moment, and nothing is left when the lab is quiet', () => {
  fc.assert(
    fc.property(switchScenarios, pieces, (scenario, sizes) => {
      expectQuiet(conserving(scenario, sizes));
    }),
    runs(10),
  );
});

test('the same with sessions, subinterfaces, aggregates and pairs; and nothing is left when every node has lost power', () => {
  fc.assert(
    fc.property(firewallScenarios, pieces, (scenario, sizes) => {
      const engine = conserving(scenario, sizes);
      // LACP, HA and retransmissions never rest by themselves.
      for (const { name } of scenario.lab.nodes) feed(engine, { type: 'CommandReceived', data: { command: `crash ${name}` } });
      feed(engine, { type: 'TimeAdvanced', data: { toNs: engine.horizonNs + 1e9 } });
      expectConserved(engine);
      expectQuiet(engine);
    }),
    runs(10),
  );
});

test('every dropped frame is in the log, once, and counted at its interface', () => {
  fc.assert(
    fc.property(scenarios, ({ inputs }) => {
      const engine = newEngine();
      for (const input of inputs) feed(engine, input);
      const inLog = new Map<string, number>();
      for (const { node, interface: name, frames } of Object.values(engine.state.drops)) {
        inLog.set(`${node}:${name}`, (inLog.get(`${node}:${name}`) ?? 0) + frames);
      }
      for (const { interface: endpoint, drops } of readDerived(engine).interfaces) {
        const known = (inLog.get(endpoint) ?? 0) + (notYetInLog(engine).get(endpoint) ?? 0);
        expect(known, `drops at ${endpoint}`).toBe(drops);
      }
    }),
    runs(20),
  );
});

test('a broadcast storm is counted drops, and ends in no trap', () => {
  const loop = [
    learningSwitch('s1', { ports: { p1: {}, p2: {}, p3: {} } }),
    learningSwitch('s2', { ports: { p1: {}, p2: {}, p3: {} } }),
    host('h1', { ip: '10.0.0.1/24' }),
    host('h2', { ip: '10.0.0.2/24' }),
    link('s1:p1', 's2:p1', { rateBps: 1e9 }),
    link('s1:p2', 's2:p2', { rateBps: 1e9, latencyNs: 70_000 }),
    link('s1:p3', 'h1:eth0'),
    link('s2:p3', 'h2:eth0', { rateBps: 1e8, queueBytes: 20_000 }),
  ];
  const engine = newEngine();
  feed(engine, defineInput(lab(...loop)));
  const frames = Array.from({ length: 40 }, (_, i) => ({ afterNs: i, bytes: stranger(i, '10.0.0.2') }));
  feed(engine, { type: 'FramesReceived', data: { node: 's1', interface: 'p3', frames } });
  feed(engine, { type: 'TimeAdvanced', data: { toNs: 20_000_000 } });
  expectConserved(engine);
  const { copied, dropped } = readConservation(engine);
  expect(copied).toBeGreaterThan(1000);
  expect(dropped).toBeGreaterThan(100);
});

test('more strangers than a neighbour table holds are refused one by one', () => {
  const engine = newEngine();
  feed(engine, defineInput(lab(host('h1', { ip: '10.0.0.1/24' }), host('h2', { ip: '10.0.0.2/24' }), link('h1:eth0', 'h2:eth0'))));
  const frames = Array.from({ length: 100 }, (_, i) => ({ afterNs: i, bytes: stranger(i, '10.0.0.1') }));
  feed(engine, { type: 'FramesReceived', data: { node: 'h1', interface: 'eth0', frames } });
  engine.receive({ type: 'TimeAdvanced', data: { toNs: 1_000_000_000 } });
  engine.step();
  const refused = engine
    .take()
    .filter(({ event }) => event.type === 'NeighbourUpdateRefused' && event.data.reason === 'table-full');
  const known = Object.keys(engine.state.neighbours['h1'] ?? {}).length;
  expect(known).toBeGreaterThan(10);
  expect(known + refused.length).toBe(100);
  expectConserved(engine);
});

test('frames injected out of order arrive in order of time', () => {
  const engine = newEngine();
  feed(engine, defineInput(lab(host('h1', { ip: '10.0.0.1/24' }), host('h2', { ip: '10.0.0.2/24' }), link('h1:eth0', 'h2:eth0'))));
  const frames = [50, 10, 30, 10, 70, 0].map((afterNs, i) => ({ afterNs, bytes: stranger(i, '10.0.0.1') }));
  feed(engine, { type: 'FramesReceived', data: { node: 'h1', interface: 'eth0', frames } });
  engine.receive({ type: 'TimeAdvanced', data: { toNs: 1_000_000_000 } });
  engine.step();
  const learned = engine.take().flatMap(({ event }) => (event.type === 'NeighbourUpdated' ? [[event.atNs, event.data.ip]] : []));
  expect(learned).toEqual([
    [0, '10.0.0.105'],
    [10, '10.0.0.101'],
    [10, '10.0.0.103'],
    [30, '10.0.0.102'],
    [50, '10.0.0.100'],
    [70, '10.0.0.104'],
  ]);
});

test('a packet leaves a router with a TTL less and the checksum of that; a copy that is still on its way stays as it was', () => {
  const own = '02:00:00:00:fe:01';
  const run = given(
    lab(
      hypervisor('esx1'),
      firewall('fw', { interfaces: { eth1: { mac: own, ip: '10.0.0.254/24' }, eth2: { ip: '192.0.2.1/24' } } }),
      learningSwitch('s1', { ports: { p1: {}, p2: {}, p3: {} } }),
      host('far', { ip: '192.0.2.2/24' }),
      host('late'),
      link('s1:p2', 'fw:eth1'),
      link('s1:p3', 'late:eth0', { latencyNs: ms(5) }),
      link('fw:eth2', 'far:eth0'),
    ),
    { watch: ['fw', 'late'] },
  );
  const packet = pingFrame(strangerMac(1), own, '10.0.0.1', '192.0.2.2');
  run.receives('s1:p1', packet).pass(ms(10));
  const routed = run
    .frames('fw:eth2', 'sent')
    .map((frame) => parseIpv4Packet(frame, 14))
    .find((one) => one?.src === '10.0.0.1');
  // Parsing checks the checksum.
  expect(routed).toMatchObject({ ttl: 63, dst: '192.0.2.2' });
  expect(run.frames('late:eth0', 'received')).toContainEqual(packet);
});

test('a port that may have two sources drops the third, counted and in the log, and goes on with the two', () => {
  const parts = [learningSwitch('s1', { ports: { p1: {}, p2: {} } }), host('h2'), link('s1:p2', 'h2:eth0')];
  const run = given(lab(...parts), { watch: ['s1'] }).command('secure s1:p1 mac-limit 2 violation drop');
  const frames = [1, 2, 3, 1, 2].map((n) => plainFrame(strangerMac(n), 'ff:ff:ff:ff:ff:ff'));
  run.receives('s1:p1', ...frames).pass(ms(1));
  expect(run.frames('s1:p2', 'sent')).toEqual(frames.filter((_, i) => i !== 2));
  expect(run.dropsAt('s1')).toEqual(['p1 port-security']);
});

/** Runs a scenario in pieces of so many events, and looks at the balance of its frames on the way and at the end. */
function conserving({ inputs }: Scenario, sizes: readonly number[]): Engine {
  const cuts = sizes.map((size) => ({ by: 'events' as const, size, moves: true }));
  let look = 0;
  const { engine } = runInPieces(newEngine(), inputs, cuts, (at) => {
    if (look++ % 17 === 0) expectConserved(at);
    return at;
  });
  expectConserved(engine);
  return engine;
}

/** What was dropped since the last whole second, by interface: it waits for its event. */
function notYetInLog(engine: Engine): Map<string, number> {
  const { control } = engine.dataplane;
  const waiting = new Map<string, number>();
  for (const { port, count } of engine.dataplane.rows((start) => control.readDropRuns(start))) {
    const iface = engine.lab.lab.interfaces[port];
    const endpoint = iface === undefined ? '' : endpointOf(iface);
    waiting.set(endpoint, (waiting.get(endpoint) ?? 0) + Number(count));
  }
  return waiting;
}

/** An ARP request from a MAC and address nobody has. */
function stranger(i: number, target: string): Uint8Array {
  const mac = `02:00:00:99:00:${(i + 16).toString(16).padStart(2, '0')}` as Mac;
  return emitArpFrame(arpRequest(mac, ipv4FromNumber(0x0a000000 + 100 + i), target as Ipv4));
}

function expectConserved(engine: Engine): void {
  const { frames, nodes } = readDerived(engine);
  expect(frames.holds, `in all: ${described(frames)}`).toBe(true);
  const broken = nodes.find(({ conserved }) => !conserved);
  expect(broken, 'a node that lost or made frames').toBeUndefined();
}

function expectQuiet(engine: Engine): void {
  const { inFlight, buffersInUse } = engine.dataplane.control.readTotals();
  const waiting = readDerived(engine).nodes.reduce((sum, node) => sum + node.waiting, 0);
  expect({ inFlight, buffersInUse, waiting }).toEqual({ inFlight: 0, buffersInUse: 0, waiting: 0 });
}

function described({ born, copied, delivered, consumed, dropped, inFlight }: Conservation): string {
  return `${born} + ${copied} against ${delivered} + ${consumed} + ${dropped} + ${inFlight}`;
}
