/**
 * A snapshot of an engine as bytes: u32 length of the head (least byte first), the head as JSON, the region; deflated, because
 * most of a region is zeros.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Snapshot } from '../../engine/snapshot.ts';
import { fromHex, toHex } from '../../model/events/chain.ts';

const LENGTH_BYTES = 4;
/** Nothing that inflates beyond this is a snapshot of ours: regions are at most some hundred MiB. */
const BYTES_MAX = 2 ** 30;
/** Inflated at once. In pieces of 16 KiB, as zlib has it, a region would be copied twice, and leave twice the garbage. */
const PIECE_BYTES = 1 << 20;

export function encodeSnapshot({ region, chain, ...head }: Snapshot): Uint8Array {
  const text = Buffer.from(JSON.stringify({ ...head, chain: toHex(chain) }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return deflateRawSync(Buffer.concat([length, text, region]), { level: 1 });
}

/** @throws Error when the bytes are no snapshot. */
export function decodeSnapshot(bytes: Uint8Array): Snapshot {
  const all = inflateRawSync(bytes, { maxOutputLength: BYTES_MAX, chunkSize: PIECE_BYTES });
  const end = LENGTH_BYTES + all.readUInt32LE(0);
  const { chain, ...head } = JSON.parse(all.subarray(LENGTH_BYTES, end).toString()) as Omit<Snapshot, 'chain' | 'region'> & {
    chain: string;
  };
  return { ...head, chain: fromHex(chain), region: all.subarray(end) };
}
