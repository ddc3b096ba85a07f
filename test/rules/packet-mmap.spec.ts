/** Rules MMP-01 to MMP-07: packet sockets, their blocks and their readers, in an oracle and at the control door. */
import { afterEach, describe, expect, test } from 'vitest';
import * as L from '../../asm/memory/layout.ts';
import { recordBytes, retireTimeout, STATUS } from '../../ts/model/hardware/packet-mmap.ts';
import { ReferenceSocket } from '../oracle/reference-io.ts';
import { plainFrame, strangerMac } from '../support/frames.ts';
import { IoLab } from '../support/io-lab.ts';
import { host, lab, ms, seconds } from '../support/lab.ts';
import vectors from '../vectors/tpacket.json' with { type: 'json' };

const FRAME = plainFrame(strangerMac(1), strangerMac(2));
/** A reader on a core of its own that is busy with its first frame for the rest of a short test. */
const SLOW = { core: 1, appPs: 4_000_000_000 };

let last: IoLab | null = null;

afterEach(() => {
  expect(last?.unaccounted().every((difference) => difference === 0) ?? true).toBe(true);
});

/** A guest whose kernel and whose reader have a core each. */
function guest(watch = false): IoLab {
  last = new IoLab(lab(host('g')), watch ? ['g'] : []);
  last.core('g', { polls: false });
  last.core('g', { polls: false });
  return last;
}

interface Scenario {
  readonly id: string;
  readonly config: { readonly block_bytes: number; readonly blocks: number; readonly retire_ms: number };
  readonly expect: Readonly<Record<string, unknown>>;
}

function scenario(id: string): Scenario {
  const found = vectors.scenarios.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found as unknown as Scenario;
}

function oracleOf({ config: { block_bytes, blocks, retire_ms } }: Scenario): ReferenceSocket {
  return new ReferenceSocket(block_bytes, blocks, ms(retire_ms));
}

/** The scenario's socket on g:eth0, and what its reader does. */
function socketOf(io: IoLab, { config }: Scenario, reader: { core?: number; appPs?: number } = { core: 1 }): void {
  const { block_bytes: blockBytes, blocks, retire_ms } = config;
  io.ring('g:eth0', { freeThreshold: 0 });
  io.socket('g:eth0', { blockBytes, blocks, retireNs: BigInt(ms(retire_ms)), ...reader });
}

/** A status by the names of the vectors. */
function statusOf(names: unknown): number {
  return (names as (keyof typeof vectors.status_bits)[]).reduce((sum, name) => sum | vectors.status_bits[name], 0);
}

describe('the retire timeout', () => {
  test.each(vectors.retire_vectors)('MMP-02: blocks of $block_bytes bytes at $link_mbps Mbit/s: $retire_ms ms', (vector) => {
    expect(retireTimeout(vector.block_bytes, vector.link_mbps)).toBe(ms(vector.retire_ms));
  });

  test('MMP-02: virtio has no speed, so its blocks wait 8 ms', () => {
    expect(retireTimeout(1 << 22, null)).toBe(ms(8));
  });
});

test('MMP-05: the status bits are those of the kernel, in linear memory too', () => {
  expect(STATUS).toEqual(vectors.status_bits);
  expect([L.BLOCK_USER, L.BLOCK_LOSING, L.BLOCK_TIMEOUT]).toEqual([STATUS.USER, STATUS.LOSING, STATUS.BLK_TMO]);
});

test('MMP-07: the fan-out modes have the numbers of the kernel', () => {
  const { FANOUT_HASH, FANOUT_LB, FANOUT_CPU, FANOUT_ROLLOVER, FANOUT_RND, FANOUT_QM } = L;
  expect({ HASH: FANOUT_HASH, LB: FANOUT_LB, CPU: FANOUT_CPU, ROLLOVER: FANOUT_ROLLOVER, RND: FANOUT_RND, QM: FANOUT_QM }).toEqual(
    vectors.fanout,
  );
});

describe('blocks', () => {
  test('MMP-04: the timer closes a block that is not empty: a frame at 100 us waits until 1000 us', () => {
    const one = scenario('timer-closes-partial') as Scenario & { readonly arrivals_us: readonly number[] };
    const { block_0_closed_us, status, num_pkts, frame_wait_us } = one.expect;
    const oracle = oracleOf(one);
    const io = guest(true);
    socketOf(io, one);
    for (const us of one.arrivals_us) {
      oracle.store(us * 1000, 0, 60);
      io.arrive('g:eth0', FRAME, us * 1000);
    }
    oracle.elapse(ms(2));
    io.until(ms(2));
    const closedNs = (block_0_closed_us as number) * 1000;
    expect(oracle.closed).toEqual([{ atNs: closedNs, status: statusOf(status), frames: num_pkts }]);
    expect(io.readSocket('g:eth0')).toMatchObject({
      lastClosedNs: BigInt(closedNs),
      lastStatus: statusOf(status),
      lastFrames: num_pkts,
    });
    const [came, went] = io.seen.map(({ atNs }) => atNs);
    expect((went ?? 0) - (came ?? 0)).toBe((frame_wait_us as number) * 1000);
    expect(io.news).toMatchObject([{ kind: 'retired', atNs: closedNs, ip: statusOf(status), number: num_pkts }]);
  });

  test('MMP-04: an empty block stays open: its timer only begins anew, and makes no events', () => {
    const one = scenario('empty-block-not-closed');
    const { closed_blocks, timer_refreshed_every_us } = one.expect as { closed_blocks: number; timer_refreshed_every_us: number };
    const oracle = oracleOf(one);
    oracle.elapse(seconds(1));
    expect([oracle.closed.length, seconds(1) / oracle.expiries]).toEqual([closed_blocks, timer_refreshed_every_us * 1000]);
    const io = guest();
    socketOf(io, one);
    expect(io.dataplane.run(seconds(1), 0)).toBe('until');
    expect(io.readSocket('g:eth0')).toMatchObject({ retiredFull: 0n, retiredByTimer: 0n });
  });

  test('MMP-04: the timer kept its rhythm while nothing came: a frame at 1.7 ms waits until 2 ms', () => {
    const io = guest();
    socketOf(io, scenario('timer-closes-partial'));
    io.arrive('g:eth0', FRAME, 1_700_000).until(ms(3));
    expect(io.readSocket('g:eth0')).toMatchObject({ retiredByTimer: 1n, lastClosedNs: 2_000_000n });
  });

  test('MMP-03: a full block closes at once: 28 records of 144 bytes fit into 4096, and the 29th frame closes it', () => {
    const one = scenario('full-block-closes-at-once') as Scenario & { readonly record_bytes: number };
    const { frames_per_block, closing_frame, status } = one.expect as {
      frames_per_block: number;
      closing_frame: number;
      status: unknown;
    };
    expect(recordBytes(FRAME.length)).toBe(one.record_bytes);
    const oracle = oracleOf(one);
    const io = guest();
    socketOf(io, one);
    for (let i = 1; i < closing_frame; i++) oracle.store(i, i, 60);
    io.arrive('g:eth0', FRAME, 1, closing_frame - 1, 1).until(1000);
    expect([oracle.closed.length, io.readSocket('g:eth0').retiredFull]).toEqual([0, 0n]);
    oracle.store(1000, closing_frame, 60);
    io.arrive('g:eth0', FRAME, 1000).until(2000);
    expect(oracle.closed).toEqual([{ atNs: 1000, status: statusOf(status), frames: frames_per_block }]);
    expect(io.readSocket('g:eth0')).toMatchObject({
      retiredFull: 1n,
      lastClosedNs: 1000n,
      lastStatus: statusOf(status),
      lastFrames: frames_per_block,
    });
  });

  test('MMP-05, MMP-06: a reader that releases nothing: 56 frames stored, 4 dropped, frozen once; then LOSING; statistics clear', () => {
    const one = scenario('frozen-queue-drops') as Scenario & { readonly arrivals: number };
    const { stored, dropped, tp_freeze_q_cnt, next_closed_block_status_after_release } = one.expect;
    const first = vectors.scenarios.find(({ id }) => id === 'statistics-reset-on-read') as unknown as Record<
      'expect_first_read' | 'expect_second_read',
      { tp_packets: number; tp_drops: number; tp_freeze_q_cnt: number }
    >;
    const oracle = oracleOf(one);
    for (let i = 0; i < one.arrivals; i++) oracle.store(i, i, 60);
    expect([oracle.stored, oracle.drops, oracle.freezes]).toEqual([stored, dropped, tp_freeze_q_cnt]);
    oracle.release(1000);
    for (let i = 0; i < 29; i++) oracle.store(1000 + i, i, 60);
    expect(oracle.closed.at(-1)?.status).toBe(statusOf(next_closed_block_status_after_release));

    const io = guest();
    socketOf(io, one, SLOW);
    io.arrive('g:eth0', FRAME, 10, one.arrivals, 1).until(ms(1));
    expect([io.dropped('g:eth0', 'mmap-frozen'), io.readSocket('g:eth0').frozen]).toEqual([dropped, 1]);
    expect(io.news.map(({ kind, number }) => [kind, number])).toEqual([
      ['retired', 28],
      ['frozen', 57],
    ]);
    expect(counted(io)).toEqual(first.expect_first_read);
    expect(counted(io)).toEqual(first.expect_second_read);
  });

  test('MMP-05: the frame that finds the block released thaws the socket, and the next block closed says LOSING until somebody reads', () => {
    for (const isRead of [false, true]) {
      const io = guest();
      socketOf(io, scenario('frozen-queue-drops'), { core: 1, appPs: 10_000_000 });
      // 28 frames at 10 us each: the reader is done with the first block 280 us after it closed.
      io.arrive('g:eth0', FRAME, 10, 60, 1).until(200_000);
      expect(io.readSocket('g:eth0').frozen).toBe(1);
      if (isRead) counted(io);
      io.arrive('g:eth0', FRAME, 400_000, 29, 1).until(500_000);
      expect(io.news.find(({ kind }) => kind === 'thawed')).toMatchObject({ atNs: 400_000, number: 61 });
      const { lastStatus, lastFrames } = io.readSocket('g:eth0');
      expect([lastFrames, lastStatus]).toEqual([28, isRead ? STATUS.USER : STATUS.USER | STATUS.LOSING]);
    }
  });

  test('MMP-05: with no frame to find it, the timer thaws the socket: at its second expiry, because the first only finds another block', () => {
    const io = guest();
    socketOf(io, scenario('frozen-queue-drops'), { core: 1, appPs: 10_000_000 });
    io.arrive('g:eth0', FRAME, 0, 60).until(seconds(1));
    // Both blocks closed at 0, when the timer started. Expiries at 8 ms and 16 ms.
    expect(io.news.map(({ kind, atNs }) => [kind, atNs])).toEqual([
      ['retired', 0],
      ['frozen', 0],
      ['thawed', ms(16)],
    ]);
  });
});

/** The statistics by the kernel's names; reading clears. */
function counted(io: IoLab): { tp_packets: number; tp_drops: number; tp_freeze_q_cnt: number } {
  const { packets, drops, freezes } = io.statistics('g:eth0');
  return { tp_packets: Number(packets), tp_drops: Number(drops), tp_freeze_q_cnt: Number(freezes) };
}

describe('a path', () => {
  test('MMP-01, COST-05: interrupt, kernel, copy, block, reader: the reader wakes once per block and not per frame', () => {
    last = new IoLab(lab(host('g')), ['g']);
    const io = last;
    io.core('g', { polls: false });
    io.ring('g:eth0', { freeThreshold: 0, rxPs: 288_000, wakeNs: 80_000 });
    io.socket('g:eth0', { blockBytes: 4096, readerWakePs: 1_500_000, appPs: 30_000, retireNs: 1_000_000n });
    io.arrive('g:eth0', FRAME, 0, 10).until(ms(2));
    const decided = io.seen.filter(({ kind }) => kind === 'dropped').map(({ atNs }) => atNs);
    // Awake at 80 us, ten frames copied by 82.88 us, the block closed at 1 ms; then the wake-up, and 30 ns a frame.
    expect([decided[0], decided[9]]).toEqual([1_001_530, 1_001_800]);
    expect(io.readSocket('g:eth0').wakeUps).toBe(1n);
    expect(io.readRing('g:eth0').interrupts).toBe(1n);
  });

  test('MMP-07: round robin: frames 0 to 7 go to sockets 0, 1, 2, 3, 0, 1, 2, 3', () => {
    const io = guest();
    io.ring('g:eth0');
    for (let socket = 0; socket < 4; socket++) io.socket('g:eth0', { socket, core: 1 });
    io.dataplane.control.configureFanout(io.port('g:eth0'), L.FANOUT_LB, 0n);
    const counts: number[][] = [];
    for (let i = 0; i < 8; i++) {
      io.arrive('g:eth0', FRAME, i * 100).until(i * 100 + 50);
      counts.push([0, 1, 2, 3].map((socket) => Number(io.statistics('g:eth0', socket).packets)));
    }
    expect(counts.map((each) => each.indexOf(1))).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  test.each([
    ['hash', L.FANOUT_HASH, 1],
    ['CPU', L.FANOUT_CPU, 1],
    ['rollover', L.FANOUT_ROLLOVER, 1],
    ['queue mapping', L.FANOUT_QM, 1],
    ['random', L.FANOUT_RND, 4],
  ])('MMP-07: %s keeps 40 frames of one flow on as many sockets as it should', (_, mode, sockets) => {
    const io = guest();
    io.ring('g:eth0');
    for (let socket = 0; socket < 4; socket++) io.socket('g:eth0', { socket, core: 1 });
    io.dataplane.control.configureFanout(io.port('g:eth0'), mode, 5n);
    io.arrive('g:eth0', FRAME, 0, 40, 10).until(ms(1));
    const counts = [0, 1, 2, 3].map((socket) => Number(io.statistics('g:eth0', socket).packets));
    expect(counts.filter((count) => count > 0)).toHaveLength(sockets);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
  });

  test('MMP-07: rollover goes on to the next socket when one is frozen, and loses frames only when all are', () => {
    const io = guest();
    io.ring('g:eth0', { freeThreshold: 0 });
    for (let socket = 0; socket < 3; socket++) io.socket('g:eth0', { socket, blockBytes: 4096, blocks: 1, ...SLOW });
    io.dataplane.control.configureFanout(io.port('g:eth0'), L.FANOUT_ROLLOVER, 0n);
    // That a socket is full, the frame notices that freezes it: one lost for each, and then all that come.
    io.arrive('g:eth0', FRAME, 0, 100, 1).until(ms(1));
    expect([0, 1, 2].map((socket) => io.statistics('g:eth0', socket))).toMatchObject([
      { packets: 42n, drops: 14n },
      { packets: 29n, drops: 1n },
      { packets: 29n, drops: 1n },
    ]);
  });
});
