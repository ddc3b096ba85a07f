/**
 * An engine's snapshot as it is stored: its bytes, and beside them the ids of the commands that are in it, because a repeated
 * command must have no second effect. Deflated JSON of the ids, its length (u32, least byte first) before it.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const LENGTH_BYTES = 4;
/** Ids remembered across a snapshot; older commands are not repeated by anybody. */
export const COMMAND_IDS_MAX = 10_000;

export interface StoredEngine {
  readonly commandIds: readonly string[];
  /** As engine-snapshot.ts writes it. */
  readonly engine: Uint8Array;
}

export function encodeStoredEngine({ commandIds, engine }: StoredEngine): Uint8Array {
  const ids = deflateRawSync(JSON.stringify(commandIds.slice(-COMMAND_IDS_MAX)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(ids.length);
  return Buffer.concat([length, ids, engine]);
}

export function decodeStoredEngine(bytes: Uint8Array): StoredEngine {
  const end = LENGTH_BYTES + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32LE();
  const ids = inflateRawSync(bytes.subarray(LENGTH_BYTES, end)).toString();
  return { commandIds: JSON.parse(ids) as string[], engine: bytes.subarray(end) };
}
