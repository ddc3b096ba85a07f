/**
 * Objects keyed by names. They have no prototype, so that "constructor" and "valueOf" are names like any other: in a plain object,
 * every lab would seem to have them.
 */
export function named<T>(entries: Iterable<readonly [name: string, value: T]> = []): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** The same entries without a prototype: what a copy or JSON gives back has one. */
export function asNamed<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return named(Object.entries(record));
}
