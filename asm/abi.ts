/**
 * What the canonical ABI asks of a module by hand: an arena for lists coming in, and one area for results going out.
 *
 * Every control function that takes a list resets the arena before it returns, so nothing lives there between calls.
 */
const ARENA_BYTES: usize = 1 << 16;
const ARENA: usize = memory.data(1 << 16, 16);
/** The arena's cursor lies in memory, not in a global: no mutable global may hold state. */
const CURSOR: usize = memory.data(8, 8);
/** Results wider than one core value, and lists on their way out. */
const RESULT: usize = memory.data(64, 16);

/** Grows nothing: lists are small and short-lived. Traps when a call brings more than the arena holds. */
export function cabi_realloc(_old: usize, _oldSize: usize, align: usize, size: usize): usize {
  const start = (load<usize>(CURSOR) + align - 1) & ~(align - 1);
  if (start + size > ARENA_BYTES) unreachable();
  store<usize>(CURSOR, start + size);
  return ARENA + start;
}

export function resetArena(): void {
  store<usize>(CURSOR, 0);
}

/** `result<_, error-code>`: a tag byte and the code's byte. */
export function resultOf(error: i32): usize {
  store<u8>(RESULT, error < 0 ? 0 : 1);
  store<u8>(RESULT + 1, error < 0 ? 0 : <u8>error);
  return RESULT;
}

/** `list<T>` going out: the host copies it before the next call. */
export function listOf(address: usize, length: u32): usize {
  store<u32>(RESULT, <u32>address);
  store<u32>(RESULT + 4, length);
  return RESULT;
}
