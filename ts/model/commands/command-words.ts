/** Words of a command: the little that every part of the grammar reads. */

/** A setting's word, its field, and how its value is read. */
export type Words<T> = Readonly<Record<string, { readonly field: keyof T; readonly read: (text: string) => unknown }>>;

export function readCount(text: string): number | null {
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

/** Reads "word value word value …"; null when a word is unknown, said twice, or its value cannot be read. */
export function readPairs<T>(words: readonly string[], known: Words<T>): Partial<T> | null {
  const change: Partial<Record<keyof T, unknown>> = {};
  if (words.length % 2 !== 0) return null;
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i] ?? '';
    const word = Object.hasOwn(known, name) ? known[name] : undefined;
    const value = word?.read(words[i + 1] ?? '') ?? null;
    if (word === undefined || value === null || word.field in change) return null;
    change[word.field] = value;
  }
  return change as Partial<T>;
}

export function oneOf(word: string | undefined, yes: string, no: string): boolean | null {
  return word === yes ? true : word === no ? false : null;
}

export function isEndpoint(text: string): boolean {
  return /^[^:]+:[^:]+$/.test(text);
}
