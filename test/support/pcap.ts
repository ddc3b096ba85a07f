/** Frames as a pcap file with times in nanoseconds, for Wireshark. */
export function pcapOf(frames: readonly { readonly atNs: number; readonly bytes: Uint8Array }[]): Buffer {
  return Buffer.concat([
    u32(0xa1b23c4d, 0x00040002, 0, 0, 65_535, 1),
    ...frames.flatMap(({ atNs, bytes }) => [u32(Math.floor(atNs / 1e9), atNs % 1e9, bytes.length, bytes.length), bytes]),
  ]);
}

function u32(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4);
  return bytes;
}
