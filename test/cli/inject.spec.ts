/** Real captures hold anything; whatever it is, every frame of it is accounted for, and the lab can still be proven. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PcapngWriter } from '../../ts/capture/pcapng.ts';
import { json, ndjson, type PublishedEvent, recorded, scratch, switchback, TWO_HOSTS } from './switchback.ts';

interface Injected {
  readonly injected: number;
  readonly delivered: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly inFlight: number;
  readonly drops: readonly { readonly at: string; readonly reason: string; readonly frames: number }[];
  readonly frames: { readonly holds: boolean };
  readonly nodes: readonly { readonly node: string; readonly conserved: boolean }[];
  readonly position: number;
  readonly chain: string;
}

const dir = scratch();

/** A capture of frames 10 us apart. */
function capture(name: string, frames: readonly Uint8Array[]): string {
  const writer = new PcapngWriter();
  const chunks = [writer.sectionHeader(), writer.declareInterface({ name: 'x' })];
  for (const [index, bytes] of frames.entries()) chunks.push(writer.frame({ interface: 'x', timestampNs: index * 10_000, bytes }));
  const file = join(dir, name);
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}

const BROADCAST = 'ffffffffffff';
const STRANGER = '0250560000aa';

function frame(dst: string, rest: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xa5);
  bytes.set(Buffer.from(`${dst}${STRANGER}${rest}`, 'hex').subarray(0, length));
  return bytes;
}

/** What a trunk port of a real network brings, and what only a broken one does. */
const KINDS: readonly ((index: number) => Uint8Array)[] = [
  () => frame(BROADCAST, '0806000108000604000102505600000a0a00006300000000000a000002', 60),
  () => frame('3333ff000001', '86dd6000000000203aff', 86),
  () => frame('333300000001', '810000640800', 64),
  () => frame('020000000001', '88a8000a81000064080045', 128),
  () => frame('020000000002', '0800450000', 1514),
  () => frame(BROADCAST, '0800450023280000', 9014),
  (index) => frame(BROADCAST, '0800', index % 14),
  () => frame('0180c2000000', '0026424203', 60),
  () => frame(BROADCAST, '0800ffffffff', 20_000),
  (index) => frame(index.toString(16).padStart(12, '0'), '9000', 60 + (index % 1400)),
];

describe('a capture of thousands of mixed frames', () => {
  const data = recorded(TWO_HOSTS);
  const mixed = Array.from({ length: 4000 }, (_, index) => (KINDS[index % KINDS.length] as (index: number) => Uint8Array)(index));
  const report = json<Injected>(['inject', 'two-hosts', 'sw:p1', capture('mixed.pcapng', mixed), '--data', data]);

  test('is taken whole, and frames are conserved at every node', () => {
    expect(report.injected).toBe(4000);
    expect(report.nodes.filter(({ conserved }) => !conserved)).toEqual([]);
    expect(report.nodes).toHaveLength(3);
    expect(report.frames.holds).toBe(true);
  });

  test('loses nothing silently: every drop has a place and a reason', () => {
    const reasons = new Set(report.drops.map(({ reason }) => reason));
    expect(reasons).toContain('runt');
    expect(reasons).toContain('frame-too-long');
    expect(report.drops.reduce((sum, { frames }) => sum + frames, 0)).toBe(report.dropped);
  });

  test('is part of the history: the lab can be proven with it', () => {
    const { verified, positions, chain } = json<{ verified: boolean; positions: number; chain: string }>([
      'verify',
      'two-hosts',
      '--data',
      data,
    ]);
    expect({ verified, positions, chain }).toEqual({ verified: true, positions: report.position, chain: report.chain });
    const inputs = ndjson<PublishedEvent>(['events', 'two-hosts', '--data', data, '--type', 'FramesReceived']);
    const received = inputs.reduce((sum, { data: fields }) => sum + (fields['frames'] as unknown[]).length, 0);
    expect(received).toBe(4000);
  });

  test('has the same chain wherever it is injected', () => {
    const elsewhere = recorded(TWO_HOSTS);
    expect(json<Injected>(['inject', 'two-hosts', 'sw:p1', join(dir, 'mixed.pcapng'), '--data', elsewhere]).chain).toBe(
      report.chain,
    );
  });
});

describe('a bad capture is told, and nothing is recorded:', () => {
  const data = recorded(TWO_HOSTS);
  const before = json<{ chain: string }>(['verify', 'two-hosts', '--data', data]).chain;
  const good = capture('good.pcapng', [frame(BROADCAST, '0800', 60), frame(BROADCAST, '0800', 60)]);
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(dir, name), bytes);
    return join(dir, name);
  };

  test.each<[what: string, path: string, says: RegExp]>([
    ['no file', join(dir, 'none.pcap'), /cannot read .*none\.pcap: no such file/],
    ['no capture', file('text.pcap', Buffer.from('not a capture\n')), /expected the first bytes of a pcap or pcapng file/],
    ['gzip', file('gzip.pcap', Buffer.from('1f8b080000000000', 'hex')), /gzip: unpack it first/],
    ['empty', file('empty.pcap', Buffer.alloc(0)), /expected a pcap or pcapng file, found 0 bytes/],
    ['no frames', capture('bare.pcapng', []), /the capture holds no frames/],
    ['cut short', file('cut.pcapng', readFileSync(good).subarray(0, -10)), /--partial injects the 1 frame before the damage/],
    [
      'an endless frame',
      capture('endless.pcapng', [new Uint8Array(200_000)]),
      /frame 1 of the capture has 200000 bytes; at most 131072/,
    ],
  ])('%s', (_, path, says) => {
    const { code, stdout, stderr } = switchback(['inject', 'two-hosts', 'sw:p1', path, '--data', data]);
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(json<{ chain: string }>(['verify', 'two-hosts', '--data', data]).chain).toBe(before);
  });

  test('unless the part before the damage is asked for', () => {
    const args = ['inject', 'two-hosts', 'sw:p1', join(dir, 'cut.pcapng'), '--data', recorded(TWO_HOSTS), '--partial'];
    expect(json<Injected>(args).injected).toBe(1);
  });
});
