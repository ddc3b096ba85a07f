/** What something in the picture stands for, when somebody clicks it. */
import type { Json } from '../ask/questions.ts';

export interface Pointed {
  /** A node ("fw1") or an interface ("fw1:eth1") to select; null for none. */
  readonly select: string | null;
  /** Position of the event that set the value; 0 where it is no value. */
  readonly position: number;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * A mark of drops stands for the run of drops that began last, the sign of a role for the event that set the role. Anything else is its
 * interface or its node.
 * @param state recorded state at the cursor, as `at -f json` prints it
 */
export function pointedAt(target: Element, state: Json): Pointed {
  const port = target.closest('[data-interface]')?.getAttribute('data-interface') ?? null;
  const node = target.closest('[data-node]')?.getAttribute('data-node') ?? null;
  if (target.closest('.drops') !== null) return { select: port ?? node, position: lastDrop(state, port, node) };
  const isRole = target.closest('.role') !== null;
  return { select: port ?? node, position: isRole ? since(rowsOf(state['ha']).find((row) => row['node'] === node)) : 0 };
}

/** Of an interface, or of a node: drops at interfaces that are not drawn are shown at the node. */
function lastDrop(state: Json, port: string | null, node: string | null): number {
  const isAt = (row: Row): boolean => (port === null ? row['node'] === node : `${row['node']}:${row['interface']}` === port);
  return Math.max(0, ...rowsOf(state['drops']).flatMap((row) => (isAt(row) ? [Number(row['position'])] : [])));
}

function since(row: Row | undefined): number {
  return Number(row?.['since'] ?? 0);
}

function rowsOf(value: unknown): readonly Row[] {
  return Array.isArray(value) ? (value as readonly Row[]) : [];
}
