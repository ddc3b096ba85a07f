/** Suggestions for misspelt words. */

const WORD_LENGTH_MAX = 64;
/** Shorter ones are too vague to stand for a longer word. */
const PREFIX_LENGTH_MIN = 3;

/** The known word that a misspelt or shortened one most likely stands for; null when none is near. Ties go to the earlier word. */
export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > WORD_LENGTH_MAX) return null;
  const words = [...known];
  const allowed = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  let bestDistance = allowed + 1;
  for (const candidate of words) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best ?? onlyOneBeginningWith(word, words);
}

/** "forged" for "forged-transmits": the one known word that begins with it. */
function onlyOneBeginningWith(word: string, words: readonly string[]): string | null {
  if (word.length < PREFIX_LENGTH_MIN) return null;
  const longer = words.filter((candidate) => candidate.startsWith(word));
  return longer.length === 1 ? (longer[0] ?? null) : null;
}

/** `; did you mean "x"?`, or nothing. */
export function suggestion(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean "${near}"?`;
}

/** Insertions, deletions, replacements and swaps of neighbouring letters between two words. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(before, j - 2) + 1);
      row.push(cost);
    }
    [before, previous] = [previous, row];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.MAX_SAFE_INTEGER;
}
