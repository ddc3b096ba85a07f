/** Order and time, to the picosecond: what a line takes, and which of two things at one instant comes first. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane, type TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { TIMER_SLOTS } from '../../ts/dataplane/sizing.ts';
import { defineInput } from '../../ts/engine/script.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { indexLab } from '../../ts/model/lab/lab-index.ts';
import { flow, host, lab, learningSwitch, link } from '../support/lab.ts';
import { feed, MODULE, newEngine } from './drive.ts';
import { runs } from './runs.ts';

const BROADCAST_FRAME = new Uint8Array(60).fill(0xff, 0, 6).fill(2, 6, 7);

/** Everything that ports see while `lab` runs to `toNs` after its frames were injected. */
function watch(definition: Lab, frames: readonly [endpoint: string, afterNs: number][], toNs: number): TraceRecord[] {
  const engine = newEngine({ traceBytes: 1 });
  const seen: TraceRecord[] = [];
  feed(engine, defineInput(definition));
  engine.dataplane.watch(definition.interfaces.map((_, port) => port));
  engine.onTrace = (record) => seen.push(record);
  for (const [endpoint, afterNs] of frames) {
    const [node = '', name = ''] = endpoint.split(':');
    feed(engine, { type: 'FramesReceived', data: { node, interface: name, frames: [{ afterNs, bytes: BROADCAST_FRAME }] } });
  }
  feed(engine, { type: 'TimeAdvanced', data: { toNs } });
  return seen;
}

test('of frames that come to a switch at one instant, the lower port is served first, whatever came into the lab first', () => {
  const ports = { p1: {}, p2: {}, p3: {}, p4: {} };
  const definition = lab(
    learningSwitch('s1', { ports }),
    host('h4', { ip: '10.0.0.4/24' }),
    link('s1:p4', 'h4:eth0', { rateBps: 0, latencyNs: 10 }),
  );
  const seen = watch(
    definition,
    [
      ['s1:p3', 500],
      ['s1:p1', 500],
      ['s1:p2', 500],
    ],
    1000,
  );
  const name = ({ port }: TraceRecord) => definition.interfaces[port]?.name;
  const received = seen.filter(({ kind, port }) => kind === 'received' && definition.interfaces[port]?.node === 's1');
  expect(received.map((record) => [record.atNs, name(record)])).toEqual([
    [500, 'p1'],
    [500, 'p2'],
    [500, 'p3'],
  ]);
});

test('the same of more frames than a bucket of the wheel takes', () => {
  const names = Array.from({ length: 60 }, (_, i) => `p${100 + i}`);
  const definition = lab(learningSwitch('s1', { ports: Object.fromEntries(names.map((name) => [name, {}])) }));
  const seen = watch(
    definition,
    names.map((name) => [`s1:${name}`, 500]),
    1000,
  );
  const received = seen.filter(({ kind }) => kind === 'received');
  expect(received.map(({ port }) => definition.interfaces[port]?.name)).toEqual(names);
});

test('back to back on a line of 10 Gbit/s, frames are 67.2 ns apart: the fifth arrives after 336 ns, not after 335', () => {
  const definition = lab(
    learningSwitch('s1', { ports: { p1: {}, p2: {} } }),
    host('h2', { ip: '10.0.0.2/24' }),
    link('s1:p2', 'h2:eth0', { rateBps: 10e9, latencyNs: 0 }),
  );
  const frames = Array.from({ length: 5 }, () => ['s1:p1', 1000] as [string, number]);
  const arrivals = watch(definition, frames, 5000).filter(
    ({ kind, port }) => kind === 'received' && definition.interfaces[port]?.node === 'h2',
  );
  expect(arrivals.map(({ atNs }) => atNs - 1000)).toEqual([67, 134, 201, 268, 336]);
});

test('a hop takes 1 ns at least, however fast and short the line: no loop stands still in time', () => {
  const ports = { p1: {}, p2: {} };
  const ends = [link('s1:p2', 's2:p1', { rateBps: 0, latencyNs: 0 }), link('s2:p2', 'h1:eth0', { rateBps: 0, latencyNs: 0 })];
  const definition = lab(learningSwitch('s1', { ports }), learningSwitch('s2', { ports }), host('h1'), ...ends);
  const received = watch(definition, [['s1:p1', 500]], 1000).filter(({ kind }) => kind === 'received');
  expect(received.map(({ atNs }) => atNs)).toEqual([500, 501, 502]);
});

test('a flow of 3 frames in 1 us keeps its rhythm: the picoseconds add up', () => {
  const definition = lab(
    host('h1', { ip: '10.0.0.1/24' }),
    host('h2', { ip: '10.0.0.2/24' }),
    link('h1:eth0', 'h2:eth0'),
    flow('f', { from: 'h1:eth0', to: '10.0.0.2', intervalPs: 333_333, startNs: 0, stopNs: 1_000_000 }),
  );
  const engine = newEngine();
  feed(engine, defineInput(definition));
  feed(engine, { type: 'TimeAdvanced', data: { toNs: 2_000_000 } });
  expect(engine.dataplane.control.readFlow(0).sent).toBe(3001n);
});

/** Times from now: within a bucket of the queue's wheel, within its turn of 65,536 ns, about a turn away, and most of them far behind it. */
const afterNs = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 65_536 }), fc.integer({ min: 65_500, max: 65_560 }), {
  weight: 5,
  arbitrary: fc.nat({ max: 5_000_000 }),
});

test('whatever is set, moved and taken back, timers go off by time, and at one instant by number', () => {
  const nodes = Array.from({ length: 12 }, (_, i) => learningSwitch(`s${i}`, { ports: {} }));
  const index = indexLab(lab(...nodes));
  const timer = fc.nat({ max: nodes.length * TIMER_SLOTS.length - 1 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ timer, afterNs: fc.option(afterNs, { freq: 3 }) }) },
    { weight: 1, arbitrary: fc.constant('next' as const) },
    { weight: 1, arbitrary: fc.record({ waitNs: afterNs }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 240 }), (steps) => {
      const dataplane = new Dataplane(MODULE);
      configure(dataplane, index);
      const armed = new Map<number, number>();
      const first = () => [...armed].sort(([a, atNs], [b, other]) => atNs - other || a - b)[0] ?? null;
      const goOn = (untilNs: number) => {
        const next = first();
        const expected = next !== null && next[1] < untilNs ? next : null;
        if (expected !== null) armed.delete(expected[0]);
        const stop = dataplane.run(untilNs);
        expect(stop === 'timer' ? [dataplane.timer, dataplane.nowNs] : null).toEqual(expected);
      };
      for (const one of steps) {
        if (one === 'next') goOn(dataplane.nowNs + 6_000_000);
        else if ('waitNs' in one) goOn(dataplane.nowNs + one.waitNs);
        else {
          const atNs = one.afterNs === null ? null : dataplane.nowNs + one.afterNs;
          dataplane.setTimer(one.timer, atNs);
          if (atNs === null) armed.delete(one.timer);
          else armed.set(one.timer, atNs);
        }
      }
      while (armed.size > 0) goOn(dataplane.nowNs + 6_000_000);
    }),
    runs(100),
  );
});
