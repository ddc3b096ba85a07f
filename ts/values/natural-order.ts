/** Compares names as people count: f2 before f10. Letters by their code units, so the order is the same in every locale. */
export function naturalOrder(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const order = partOrder(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  // "f01" and "f1" count the same: the text decides, so that no two names are equal.
  return left.length - right.length || textOrder(a, b);
}

/** Runs of digits and the texts between them. */
function partsOf(name: string): readonly string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

function partOrder(a: string, b: string): number {
  const [left, right] = [digitsOf(a), digitsOf(b)];
  if (left === null || right === null) return textOrder(a, b);
  // Of numbers of any length, the longer is the larger.
  return left.length - right.length || textOrder(left, right);
}

/** Without leading zeros; null for a text. */
function digitsOf(part: string): string | null {
  return /^\d/.test(part) ? part.replace(/^0+(?=\d)/, '') : null;
}

function textOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
