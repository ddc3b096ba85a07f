/** Rules RSS-01 to RSS-03: the hash of a frame, as its receive descriptor reports it, and the queue it goes to. */
import { afterEach, describe, expect, test } from 'vitest';
import { ETHERTYPE, emitEthernet } from '../../ts/wire/ethernet.ts';
import { plainFrame } from '../support/frames.ts';
import { host, hypervisor, lab, link, mac, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/toeplitz.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const VF_MAC = '02:00:5e:10:00:01';
const OUTSIDE = '00:00:5e:00:53:fe';
const TCP = 6;
const UDP = 17;
const OSPF = 89;

/** One VF on each family, with four queues. */
function fixture(model: '82599' | 'x540' | 'x550' | 'x710', vfs = 1): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model, vfs: Array.from({ length: vfs }, (_, i) => (i === 0 ? { adminMac: VF_MAC } : {})) }),
      host('g0', { on: 'esx1', mac: VF_MAC }),
      host('outside', { mac: OUTSIDE }),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
  );
}

interface Packet {
  readonly family: string;
  /** Addresses, and then ports, in hexadecimal: what a vector hashes. */
  readonly input_l4: string;
}

/** The bytes of a packet that holds a vector's addresses and ports. */
function packet({ family, input_l4 }: Packet, { protocol = UDP, fragment = 0, words = 5 } = {}): Uint8Array {
  const input = Uint8Array.from(Buffer.from(input_l4, 'hex'));
  const isIpv6 = family === 'ipv6';
  const [header, addresses] = isIpv6 ? [40, 32] : [words * 4, 8];
  const payload = new Uint8Array(header + 46);
  payload.set(input.subarray(0, addresses), isIpv6 ? 8 : 12);
  payload.set(input.subarray(addresses), header);
  if (isIpv6) {
    payload.set([0x60], 0);
    payload.set([protocol], 6);
  } else {
    payload.set([0x40 | words], 0);
    payload.set([fragment >>> 8, fragment & 0xff], 6);
    payload.set([protocol], 9);
  }
  return emitEthernet({ src: mac(OUTSIDE), dst: mac(VF_MAC), etherType: isIpv6 ? 0x86dd : ETHERTYPE.ipv4, payload });
}

/** Sends a frame to the VF; the hash in its descriptor, and the queue that it went to. */
function received(run: Run, frame: Uint8Array): { hash: string; queue: number } {
  const port = run.port('nic:vf0');
  const counts = () => Array.from({ length: 16 }, (_, queue) => Number(run.control.readQueueFrames(port, queue)));
  const before = counts();
  run.receives('nic:wire', frame).pass(ms(1));
  const queue = counts().findIndex((count, i) => count !== before[i]);
  return { hash: run.control.readPool(port).lastHash.toString(16).padStart(8, '0'), queue };
}

describe.each(vectors.vectors)('$family $src to $dst', (vector) => {
  test('RSS-01: TCP hashes addresses and ports', () => {
    for (const model of ['82599', 'x550', 'x710'] as const)
      expect(received(fixture(model), packet(vector, { protocol: TCP })).hash).toBe(vector.hash_l4);
  });

  test('RSS-01: UDP on 40G hashes addresses and ports, on 10G addresses only', () => {
    expect(received(fixture('x710'), packet(vector, { protocol: UDP })).hash).toBe(vector.hash_l4);
    for (const model of ['82599', 'x540', 'x550'] as const)
      expect(received(fixture(model), packet(vector, { protocol: UDP })).hash).toBe(vector.hash_l3);
  });

  test('RSS-01: another protocol hashes addresses only', () => {
    expect(received(fixture('x710'), packet(vector, { protocol: OSPF })).hash).toBe(vector.hash_l3);
  });

  test('RSS-02: 7 bits choose of the 128 entries of 82599 and X540, 6 of the 64 of X550 and 40G', () => {
    const tcp = packet(vector, { protocol: TCP });
    expect(received(fixture('82599'), tcp).queue).toBe(vector.queue_of_4_reta128);
    expect(received(fixture('x550'), tcp).queue).toBe(vector.queue_of_4_lut64);
    expect(received(fixture('x710'), tcp).queue).toBe(vector.queue_of_4_lut64);
    expect(received(fixture('82599', 40), tcp).queue).toBe(vector.queue_of_2_reta128);
  });
});

describe('RSS', () => {
  const [vector] = vectors.vectors;
  const first = vector ?? { family: '', input_l4: '', hash_l3: '', hash_l4: '' };

  test.each([
    ['the first fragment', 0x2000, 5],
    ['a later fragment', 0x00b9, 5],
    ['a fragment with options', 0x2000, 7],
  ])('RSS-01: %s hashes addresses only', (_, fragment, words) => {
    expect(received(fixture('x710'), packet(first, { fragment, words })).hash).toBe(first.hash_l3);
  });

  test('RSS-01: "do not fragment" is not a fragment, and options do not hide the ports', () => {
    expect(received(fixture('x710'), packet(first, { fragment: 0x4000, words: 7 })).hash).toBe(first.hash_l4);
    const tcp = packet(first, { protocol: TCP, words: 7 });
    expect(received(fixture('x550'), tcp).hash).toBe(first.hash_l4);
    expect(received(fixture('x550'), packet(first, { words: 7 })).hash).toBe(first.hash_l3);
  });

  test('RSS-01: what is cut off before its ports hashes addresses only, and before them to 0', () => {
    const run = fixture('x710');
    const whole = packet(first);
    // Its bytes are still there when the next frame takes the same buffer.
    expect(received(run, whole).hash).toBe(first.hash_l4);
    expect(received(run, whole.subarray(0, 37)).hash).toBe(first.hash_l3);
    expect(received(run, whole.subarray(0, 33)).hash).toBe('00000000');
  });

  test('RSS-01: what is no IP hashes to 0 and goes to queue 0', () => {
    expect(received(fixture('x550'), plainFrame(OUTSIDE, VF_MAC))).toEqual({ hash: '00000000', queue: 0 });
  });

  test('RSS-01: on 10G all that UDP carries between two hosts is one queue', () => {
    const queuesOf = (model: 'x550' | 'x710') => {
      const run = fixture(model);
      const ports = Array.from({ length: 64 }, (_, i) => 5000 + i * 7);
      const sent = ports.map((port) => packet(between(['10.0.0.9', port], ['10.0.0.1', 443])));
      return new Set(sent.map((frame) => received(run, frame).queue)).size;
    };
    expect([queuesOf('x550'), queuesOf('x710')]).toEqual([1, 4]);
  });

  test('RSS-03: a VF of 82599 has the table of the PF, 128 entries; one of X550 its own, 64', () => {
    const entries = (model: '82599' | 'x540' | 'x550' | 'x710') =>
      (fixture(model).state.functions['nic:vf0']?.rssTable.length ?? 0) / 2;
    expect([entries('82599'), entries('x540'), entries('x550'), entries('x710')]).toEqual([128, 128, 64, 64]);
    // What another VF's entries say matters to this one only where they are the same entries.
    const queueAfter = (model: '82599' | 'x550', own: 'nic:vf0' | 'nic:vf1') => {
      const run = fixture(model, 2);
      const { hash } = received(run, packet(first, { protocol: TCP }));
      const entry = Number.parseInt(hash, 16) & 63;
      for (const at of [entry, entry + 64]) run.control.setRssEntry(run.port(own), at, 3);
      return received(run, packet(first, { protocol: TCP })).queue;
    };
    const before = received(fixture('x550', 2), packet(first, { protocol: TCP })).queue;
    expect(before).not.toBe(3);
    expect([queueAfter('82599', 'nic:vf0'), queueAfter('82599', 'nic:vf1')]).toEqual([3, 3]);
    expect([queueAfter('x550', 'nic:vf0'), queueAfter('x550', 'nic:vf1')]).toEqual([3, before]);
  });

  test('RSS-02: another table leads to other queues, entry by entry', () => {
    const run = fixture('x710');
    const { lut64_index_l4: entry = 0 } = vector ?? {};
    const table = Array.from({ length: 64 }, (_, i) => (i === entry ? '03' : '01')).join('');
    run.command(`vf nic:vf0 request CONFIG_RSS_LUT ${table}`);
    expect(received(run, packet(first)).queue).toBe(3);
  });

  test.each(vectors.symmetric_vectors)('RSS-03: a repeating key hashes both directions alike: $src', (one) => {
    const run = fixture('x710').command(`vf nic:vf0 request CONFIG_RSS_KEY ${vectors.symmetric_key40.padEnd(104, '0')}`);
    const ends = [
      [one.src, one.sport],
      [one.dst, one.dport],
    ] as const;
    expect(received(run, packet(between(...ends))).hash).toBe(one.hash_forward);
    expect(received(run, packet(between(ends[1], ends[0]))).hash).toBe(one.hash_reverse);
  });

  test('RSS-03: 40 bytes padded with zeros hash as 40', () => {
    expect(vectors.key52).toBe(vectors.key40.padEnd(104, '0'));
    expect(received(fixture('x710').command(`vf nic:vf0 request CONFIG_RSS_KEY ${vectors.key52}`), packet(first)).hash).toBe(
      first.hash_l4,
    );
  });
});

type End = readonly [ip: string, port: number];

function between(from: End, to: End): Packet {
  const ip = (text: string) => text.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const port = (number: number) => number.toString(16).padStart(4, '0');
  return { family: 'ipv4', input_l4: [...ip(from[0]), ...ip(to[0]), port(from[1]), port(to[1])].join('') };
}
