/** Random numbers whose state lies in the region: the same on every machine, and a snapshot goes on with them. */

/** The next 32 bits of a state that is not 0: xorshift64* (Vigna 2016), high half. @param at address of the state, a u64. */
export function nextRandom(at: usize): u32 {
  let x = load<u64>(at);
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  store<u64>(at, x);
  return <u32>((x * 0x2545f4914f6cdd1d) >> 32);
}
