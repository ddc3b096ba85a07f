/** VLAN ids as operators write several of them: "0", "10,20-30". */

/** First and last id, both included; ids from 0 (untagged) to 4094. */
export type VlanRange = readonly [first: number, last: number];

const VLAN_MAX = 4094;

/** Ranges in the order written; null where the text is none. */
export function parseVlanRanges(text: string): VlanRange[] | null {
  const ranges = text.split(',').map((part) => parseRange(part.trim()));
  return ranges.every((range) => range !== null) ? ranges : null;
}

function parseRange(text: string): VlanRange | null {
  const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? [];
  const range: VlanRange = [Number(first), Number(last)];
  return range[0] <= range[1] && range[1] <= VLAN_MAX ? range : null;
}
