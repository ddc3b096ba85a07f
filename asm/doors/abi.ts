/**
 * The part of the canonical ABI that a module must write itself: one area for outgoing results. Parameters are numbers only, so there
 * is no allocator; a control function with a list as parameter would need `cabi_realloc`, and the build would report it.
 */
/** Results wider than one core value, and lists on their way out. */
const RESULT: usize = memory.data(64, 16);

/** `error-code` of the WIT world; OK is none. */
export const OK: i32 = -1;
export const NO_SUCH_NODE: i32 = 0;
export const NO_SUCH_PORT: i32 = 1;
export const NO_SUCH_LINE: i32 = 2;
export const NO_SUCH_FLOW: i32 = 3;
export const TABLE_FULL: i32 = 4;
export const OUT_OF_MEMORY: i32 = 5;
export const NO_SUCH_CORE: i32 = 6;

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
