/**
 * The hash that Java's default partitioner takes of a key: murmur2, 32 bits, with Kafka's seed (KafkaProducer, `Utils.murmur2`).
 * The partition is set explicitly in every message we send, because librdkafka's default is another hash (CRC32).
 */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** @returns the hash as a signed 32-bit number, as Java has it. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(view.getInt32(at, true), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  for (let at = bytes.length - 1; at >= whole; at--) hash ^= view.getUint8(at) << (8 * (at - whole));
  if (bytes.length > whole) hash = Math.imul(hash, M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
