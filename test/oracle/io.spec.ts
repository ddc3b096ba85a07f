/** Guest packet I/O by the rules and in the data plane: random cores, rings and sockets, and frames at random times. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as L from '../../asm/memory/layout.ts';
import { runs } from '../properties/runs.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab, RING } from '../support/io-lab.ts';
import { firewall, hypervisor, lab } from '../support/lab.ts';
import {
  type Arrival,
  type CoreModel,
  type Fate,
  type NodeModel,
  type PortModel,
  ReferenceNode,
  type SocketModel,
} from './reference-io.ts';

const PORTS = ['eth1', 'eth2', 'eth3'] as const;
/** A frame of each flow: by its source. */
const FRAMES = [3, 4, 5].map((source) => plainFrame(strangerMac(source), strangerMac(2)));
const LAB = lab(hypervisor('esx1'), firewall('fw', { interfaces: { eth1: {}, eth2: {}, eth3: {} } }));
const FANOUT = { lb: L.FANOUT_LB, rollover: L.FANOUT_ROLLOVER, cpu: L.FANOUT_CPU } as const;
const HORIZON_NS = 300_000;
/** Many runs take their time. */
const LIMIT_MS = 120_000;

interface Case {
  readonly node: NodeModel;
  readonly arrivals: readonly Arrival[];
  readonly cutsNs: readonly number[];
}

// ── Random nodes ────────────────────────────────────────────────────────────────────────────────────────────────────

const costPs = fc.constantFrom(0, 300, 31_900, 100_000, 288_000, 1_500_000);

const socket: fc.Arbitrary<SocketModel> = fc.record({
  core: fc.nat({ max: 1 }),
  blockBytes: fc.constantFrom(48 + 144 + 1, 48 + 2 * 144 + 1, 48 + 5 * 144, 4096),
  blocks: fc.constantFrom(1, 2, 3),
  retireNs: fc.constantFrom(700, 5000, 21_000, 80_000),
  readerWakePs: costPs,
  appPs: costPs,
});

const port: fc.Arbitrary<PortModel> = fc.record({
  core: fc.nat({ max: 1 }),
  size: fc.constantFrom(2, 4, 9, 64),
  freeThreshold: fc.constantFrom(0, 0, 1, 3, 32),
  isShared: fc.boolean(),
  takesMbufs: fc.boolean(),
  isPolled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
  rxPs: costPs,
  missPs: costPs,
  wakeNs: fc.constantFrom(0, 1500, 10_000),
  fanout: fc.constantFrom('lb', 'rollover', 'cpu'),
  sockets: fc.oneof(fc.constant([]), fc.array(socket, { minLength: 1, maxLength: 3 })),
});

const core: fc.Arbitrary<CoreModel> = fc.record({
  polls: fc.boolean(),
  loopNs: fc.constantFrom(100, 1000, 1700),
  burst: fc.constantFrom(1, 3, 32),
});

const cases: fc.Arbitrary<Case> = fc
  .record({
    node: fc.record({
      cores: fc.array(core, { minLength: 1, maxLength: 2 }),
      ports: fc.array(port, { minLength: 1, maxLength: 3 }),
      spareMbufs: fc.option(fc.constantFrom(0, 1, 2, 40)),
      flowCache: fc.constantFrom('none', 'never', 'always'),
    }),
    arrivals: fc.array(
      fc.record({ port: fc.nat({ max: 2 }), flow: fc.nat({ max: 2 }), gapNs: fc.constantFrom(0, 0, 1, 67, 67, 150, 1100, 23_000) }),
      {
        minLength: 1,
        maxLength: 150,
        size: 'max',
      },
    ),
    cutsNs: fc.array(fc.nat({ max: HORIZON_NS }), { maxLength: 4 }),
  })
  .map(({ node, arrivals, cutsNs }) => ({
    node: fitting(node),
    arrivals: timed(arrivals, node.ports.length),
    cutsNs: [...cutsNs, HORIZON_NS].sort((a, b) => a - b),
  }));

/** Only cores that there are; a threshold that a ring can reach. */
function fitting(node: NodeModel): NodeModel {
  const own = (number: number): number => number % node.cores.length;
  const ports = node.ports.map((one) => ({
    ...one,
    core: own(one.core),
    freeThreshold: Math.min(one.freeThreshold, one.size - 2),
    sockets: one.sockets.map((each) => ({ ...each, core: own(each.core) })),
  }));
  return { ...node, ports };
}

function timed(gaps: readonly (Omit<Arrival, 'atNs'> & { readonly gapNs: number })[], ports: number): Arrival[] {
  let atNs = 0;
  const drawn = gaps.map(({ port: number, flow, gapNs }) => {
    atNs += gapNs;
    return { port: number % ports, flow, atNs };
  });
  // Frames of one instant come in by the lower port first.
  return drawn.sort((a, b) => a.atNs - b.atNs || a.port - b.port);
}

// ── The data plane ──────────────────────────────────────────────────────────────────────────────────────────────────

function setUp({ cores, ports, spareMbufs, flowCache }: NodeModel): IoLab {
  const io = new IoLab(LAB, ['fw']);
  const inRings = ports.reduce((sum, { size, takesMbufs }) => sum + (takesMbufs ? size : 0), 0);
  if (spareMbufs !== null) io.mbufs('fw', inRings + spareMbufs);
  for (const model of cores) io.core('fw', model);
  for (const number of flowCache === 'none' ? [] : cores.keys()) io.flowCache('fw', flowCache === 'always' ? 1 : 0, number);
  ports.forEach(
    ({ isShared, takesMbufs, isPolled, sockets, fanout, core: number, size, freeThreshold, rxPs, missPs, wakeNs }, i) => {
      const endpoint = `fw:${PORTS[i]}`;
      const ringFlags = (isShared ? RING.shared : 0) | (takesMbufs ? RING.takesMbufs : 0) | (isPolled ? 0 : RING.unpolled);
      io.ring(endpoint, { core: number, ringFlags, size, freeThreshold, rxPs, missPs, wakeNs });
      sockets.forEach(({ retireNs, ...each }, socketNumber) => {
        io.socket(endpoint, { ...each, socket: socketNumber, retireNs: BigInt(retireNs) });
      });
      if (sockets.length > 1) io.dataplane.control.configureFanout(io.port(endpoint), FANOUT[fanout], 1n);
    },
  );
  return io;
}

function bring(io: IoLab, { port: number, flow, atNs }: Arrival): void {
  io.arrive(`fw:${PORTS[number]}`, FRAMES[flow] ?? new Uint8Array(), atNs);
}

/** Everything that can be seen, as text. */
function seenInDataplane({ node, arrivals, cutsNs }: Case): string[] {
  const io = setUp(node);
  for (const arrival of arrivals) bring(io, arrival);
  for (const atNs of cutsNs) {
    io.through(atNs);
    expect(io.unaccounted().every((difference) => difference === 0)).toBe(true);
  }
  const first = io.port('fw:eth1');
  const fates = io.seen.flatMap(({ kind, atNs, port: at, number, reason }): Fate[] => {
    if (kind !== 'dropped') return [];
    const what = reason === 38 ? 'no place' : reason === 39 ? 'frozen' : 'decided';
    return [{ atNs, port: at - first, frame: number, what }];
  });
  const state = node.ports.flatMap((model, i) => {
    const endpoint = `fw:${PORTS[i]}`;
    const ring = io.readRing(endpoint);
    const sockets = model.sockets.map((_, number) => {
      const { lastStatus, lastFrames, lastClosedNs, frozen, retiredFull, retiredByTimer } = io.readSocket(endpoint, number);
      const { packets, drops, freezes } = io.statistics(endpoint, number);
      const blocks = `${retiredFull + retiredByTimer} blocks, last ${lastStatus} ${lastFrames} at ${lastClosedNs}`;
      return `  socket ${number}: ${packets} packets ${drops} drops ${freezes} freezes, ${blocks}${frozen ? ', frozen' : ''}`;
    });
    return [ringText(i, ring, node), ...sockets];
  });
  const news = io.news.map(({ kind, port: at, socket: number, atNs }) => `${atNs} ${at - first}/${number} ${kind}`);
  return [...fates.map(fateText), ...state, ...news.sort()];
}

// ── The oracle ──────────────────────────────────────────────────────────────────────────────────────────────────────

function seenByTheRules({ node, arrivals, cutsNs }: Case): string[] {
  const oracle = new ReferenceNode(node);
  oracle.play(arrivals, cutsNs.at(-1) ?? 0);
  const state = node.ports.flatMap((_, i) => {
    const ring = oracle.rings[i];
    const sockets = (oracle.sockets[i] ?? []).map((one, number) => {
      const { packets, drops, freezes } = one.statistics();
      const { status = 0, frames = 0, atNs = 0 } = one.closed.at(-1) ?? {};
      const blocks = `${one.closed.length} blocks, last ${status} ${frames} at ${atNs}`;
      return `  socket ${number}: ${packets} packets ${drops} drops ${freezes} freezes, ${blocks}${one.isFrozen ? ', frozen' : ''}`;
    });
    const { waiting = [], held = 0, next = 0, tail = 0, missed = 0, withoutBuffer = 0 } = ring ?? {};
    return [
      ringText(i, { frames: waiting.length, held, next, tail, missed, withoutBuffer, interrupts: oracle.interrupts[i] ?? 0 }, node),
      ...sockets,
    ];
  });
  const news = oracle.sockets.flatMap((sockets, i) =>
    sockets.flatMap((one, number) => one.news.map(({ kind, atNs }) => `${atNs} ${i}/${number} ${kind}`)),
  );
  // The data plane numbers frames from 1.
  return [...oracle.fates.map((fate) => fateText({ ...fate, frame: fate.frame + 1 })), ...state, ...news.sort()];
}

function fateText({ atNs, port: number, frame, what }: Fate): string {
  return `${atNs} port ${number} frame ${frame} ${what}`;
}

interface RingText {
  readonly frames: number;
  readonly held: number;
  readonly next: number;
  readonly tail: number;
  readonly missed: bigint | number;
  readonly withoutBuffer: bigint | number;
  readonly interrupts: bigint | number;
}

function ringText(i: number, ring: RingText, { cores }: NodeModel): string {
  const { frames, held, next, tail, missed, withoutBuffer, interrupts } = ring;
  // Rounds are counted. How often other cores look in one instant is nobody's business.
  const failed = cores.length === 1 && cores[0]?.polls ? `${withoutBuffer} without buffer` : '';
  return `ring ${i}: ${frames} waiting ${held} held next ${next} tail ${tail} missed ${missed} interrupts ${interrupts} ${failed}`;
}

test(
  'DPK-01, DPK-02, DPK-04, DPK-05, DPK-09, MMP-03, MMP-04, MMP-05, MMP-06, MMP-07, HST-03, COST-01, COST-03: random cores, rings and sockets do what the rules say, to the nanosecond',
  () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(cases, (one) => {
        const expected = seenByTheRules(one);
        expect(seenInDataplane(one)).toEqual(expected);
        for (const line of expected) {
          for (const word of ['decided', 'no place', 'frozen', 'thawed', 'retired']) {
            if (line.endsWith(` ${word}`)) outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
          }
        }
      }),
      runs(60),
    );
    expect([...outcomes.keys()].sort()).toEqual(['decided', 'frozen', 'no place', 'retired', 'thawed']);
  },
  LIMIT_MS,
);

test(
  'a region with frames in rings, blocks and hands goes on where it is put back, however the run is cut',
  () => {
    fc.assert(
      fc.property(cases, fc.nat({ max: 200 }), ({ node, arrivals }, cut) => {
        const [whole, moved] = [setUp(node), setUp(node)];
        const inTime = arrivals.filter(({ atNs }) => atNs <= HORIZON_NS);
        for (const arrival of inTime) bring(whole, arrival);
        whole.through(HORIZON_NS);
        const first = setUp(node);
        for (const arrival of inTime) bring(first, arrival);
        first.dataplane.run(HORIZON_NS, cut);
        moved.dataplane.restore(first.dataplane.region().slice());
        moved.through(HORIZON_NS);
        expect(Buffer.compare(moved.dataplane.region(), whole.dataplane.region())).toBe(0);
        whole.power('fw', false);
        whole.through(HORIZON_NS + 10);
        expect(whole.unaccounted().every((difference) => difference === 0)).toBe(true);
        expect(whole.dataplane.control.readNode(whole.node('fw')).waiting).toBe(0);
      }),
      runs(15),
    );
  },
  LIMIT_MS,
);
