/** TCP flows: sequence numbers that wrap, losses anywhere, and random labs whose flows are connections. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDerived, readFlows } from '../../ts/engine/derived.ts';
import type { Input } from '../../ts/engine/input.ts';
import { defineInput } from '../../ts/engine/script.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { parseIpv4Packet } from '../../ts/wire/ipv4.ts';
import { parseTcp } from '../../ts/wire/tcp.ts';
import { flow, host, lab, link, ms } from '../support/lab.ts';
import { given, type Run } from '../support/run.ts';
import { feed, newEngine, outcomeOf, runInPieces, runWhole } from './drive.ts';
import { runs } from './runs.ts';
import { scenarios } from './scenarios.ts';

const PAYLOAD = 100;
/** RFC 9293, section 3.4.1: the initial sequence number counts units of 4 us. */
const ISS_NS = 4000;

function connection(startNs: number, segments: number): Run {
  const web = {
    from: 'cli:eth0',
    to: '10.0.0.2',
    intervalPs: 1e9,
    frameBytes: 54 + PAYLOAD,
    startNs,
    stopNs: startNs + ms(segments),
  };
  const parts = [host('cli', { ip: '10.0.0.1/24' }), host('srv', { ip: '10.0.0.2/24' }), link('cli:eth0', 'srv:eth0')];
  return given(lab(...parts, flow('web', { protocol: 'tcp', ...web })), { watch: ['srv'] });
}

/** Initial sequence number of the client: the first segment it sends. */
function issOf(run: Run): number {
  const [seq] = run.frames('srv:eth0', 'received').flatMap((frame) => {
    const packet = parseIpv4Packet(parseEthernet(frame)?.payload ?? new Uint8Array());
    return packet?.protocol === 6 ? [parseTcp(packet.payload)?.seq ?? 0] : [];
  });
  if (seq === undefined) throw new Error('no SYN came');
  return seq;
}

const issAtZero = issOf(connection(0, 5).until(ms(5)));

test('sequence numbers wrap anywhere in a connection with losses, and all of its data arrives once', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 * PAYLOAD }), fc.integer({ min: 0, max: 40 }), (before, lossFrom) => {
      const startNs = (2 ** 32 - issAtZero - before) * ISS_NS;
      const run = connection(startNs, 60).until(startNs + ms(lossFrom));
      run.command('impair cli:eth0 loss 30%').pass(ms(20)).command('impair cli:eth0 reset').pass(30e9);
      expect(issOf(run)).toBe((2 ** 32 - before) % 2 ** 32);
      const [report] = readFlows(run.engine);
      expect(report?.tcp?.state).toBe('survived');
      expect(run.control.readTcp(0).delivered).toBeGreaterThan(30n);
      expect(run.unaccounted()).toEqual([]);
      expect(run.engine.dataplane.control.readTcp(0).state).toBe(3);
    }),
    runs(20),
  );
});

/** The lab with every flow a connection. */
function connected(inputs: readonly Input[], of: Lab): readonly Input[] {
  const flows = of.flows.map((one) => ({ ...one, protocol: 'tcp' as const, frameBytes: Math.max(70, one.frameBytes) }));
  return [defineInput({ ...of, flows }), ...inputs.slice(1)];
}

test('in any lab, however its run is cut, the same happens to a connection, and all its segments are accounted for', () => {
  fc.assert(
    fc.property(scenarios, fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 4 }), ({ lab: of, inputs }, sizes) => {
      const all = connected(inputs, of);
      const whole = newEngine();
      const wanted = outcomeOf(whole, runWhole(whole, all));
      const cuts = sizes.map((size) => ({ by: 'events' as const, size, moves: true }));
      let moves = 3;
      const moved = (from: typeof whole) => {
        const to = newEngine();
        if (from.state.lab === null || moves-- <= 0) return from;
        to.restore(from.snapshot());
        return to;
      };
      const pieces = runInPieces(newEngine(), all, cuts, moved);
      expect(outcomeOf(pieces.engine, pieces.decided)).toEqual(wanted);
      const { frames, nodes, flows } = readDerived(pieces.engine);
      expect(frames.holds).toBe(true);
      expect(nodes.every(({ conserved }) => conserved)).toBe(true);
      for (const { inFlight } of flows) expect(inFlight).toBeGreaterThanOrEqual(0);
    }),
    runs(5),
  );
});

test('a flow of UDP frames has no connection', () => {
  const engine = newEngine();
  const parts = [host('cli', { ip: '10.0.0.1/24' }), host('srv', { ip: '10.0.0.2/24' }), link('cli:eth0', 'srv:eth0')];
  feed(engine, defineInput(lab(...parts, flow('udp', { from: 'cli:eth0', to: '10.0.0.2', intervalPs: 1e9 }))));
  feed(engine, { type: 'TimeAdvanced', data: { toNs: ms(10) } });
  expect(readFlows(engine).map(({ tcp }) => tcp)).toEqual([null]);
});
