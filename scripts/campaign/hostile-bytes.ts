/** Hostile captures: sound pcap and pcapng files of a few frames, damaged where readers trust them. */
import { PcapngWriter } from '../../ts/capture/pcapng.ts';
import type { Random } from './random.ts';

const FRAMES = 12;
const PCAP_HEADER = '4d3cb2a1020004000000000000000000ffff000001000000';
/** ARP, IPv4, VLAN stacks, IPv6 with extension headers, STP, and what is cut short. */
const HEADS = [
  'ffffffffffff0200000000010806000108000604000102000000000100000000',
  '0200000000020200000000010800450000280000000040010000c0000201c00002020800',
  '0200000000020200000000018100000188a800028100000308004500',
  '33330000000102000000000286dd60000000ffff002b000000ff3c00002c',
  '0180c2000000020000000002002642420300',
  '020000000002020000000001080045ff',
  'ffff',
  '',
];
/** What fields that hold a length, a count or a version are set to. */
const NUMBERS = [0, 1, 3, 12, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff4, 0xffffffff];

function frameOf(random: Random): Uint8Array {
  const head = Buffer.from(random.pick(HEADS), 'hex');
  const length = random.chance(5) ? random.between(1500, 20_000) : random.between(0, 200);
  const frame = Buffer.alloc(Math.max(head.length, length), random.below(256));
  head.copy(frame);
  return frame;
}

export function soundPcap(random: Random): Buffer {
  const parts = [Buffer.from(PCAP_HEADER, 'hex')];
  for (let number = 0; number < FRAMES; number++) {
    const frame = frameOf(random);
    const header = Buffer.alloc(16);
    header.writeUInt32LE(number >> 2, 0);
    header.writeUInt32LE(random.below(1e9), 4);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    parts.push(header, Buffer.from(frame));
  }
  return Buffer.concat(parts);
}

export function soundPcapng(random: Random): Buffer {
  const writer = new PcapngWriter({ application: 'campaign' });
  const parts = [writer.sectionHeader(), writer.declareInterface({ name: 'a:eth0' }), writer.declareInterface({ name: 'b:eth0' })];
  for (let number = 0; number < FRAMES; number++) {
    const bytes = frameOf(random);
    parts.push(
      writer.frame({ interface: random.pick(['a:eth0', 'b:eth0']), timestampNs: number * 1e6, bytes, comments: ['a comment'] }),
    );
  }
  return Buffer.concat(parts);
}

type Damage = (random: Random, bytes: Buffer) => Buffer;

const DAMAGES: readonly Damage[] = [
  (random, bytes) => {
    for (let left = random.between(1, 8); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (random, bytes) => {
    const at = random.below(Math.max(1, bytes.length - 4)) & ~3;
    if (at + 4 <= bytes.length) bytes.writeUInt32LE(random.pick(NUMBERS), at);
    return bytes;
  },
  (random, bytes) => {
    const at = random.below(Math.max(1, bytes.length - 2)) & ~1;
    if (at + 2 <= bytes.length) bytes.writeUInt16LE(random.pick(NUMBERS) & 0xffff, at);
    return bytes;
  },
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  (random, bytes) => {
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length))]);
  },
  (random, bytes) => Buffer.concat([bytes, Buffer.alloc(random.below(64), random.below(256))]),
  // The other byte order, in the header only.
  (_random, bytes) => Buffer.concat([Buffer.from(bytes.subarray(0, 4)).reverse(), bytes.subarray(4)]),
];

/** A damaged capture. */
export function hostileCapture(random: Random): Buffer {
  let bytes = random.chance(50) ? soundPcap(random) : soundPcapng(random);
  for (let left = random.between(1, 3); left > 0 && bytes.length > 0; left--) bytes = random.pick(DAMAGES)(random, bytes);
  return bytes;
}
