/** Two events side by side: the fields in which what is recorded and what was decided differ. */
import { eventToJson } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';

export interface Difference {
  /** "type", "atNs", "data.ip". */
  readonly field: string;
  /** As JSON; null where there is none. */
  readonly recorded: string | null;
  readonly decided: string | null;
}

export interface EventDiff {
  readonly recorded: Record<string, unknown>;
  /** Null when nothing was decided. */
  readonly decided: Record<string, unknown> | null;
  readonly differences: readonly Difference[];
}

export function diffEvents(recorded: LabEvent, decided: LabEvent | null): EventDiff {
  const was = eventToJson(recorded);
  const is = decided === null ? null : eventToJson(decided);
  const before = fieldsOf(was);
  const after = is === null ? new Map<string, string>() : fieldsOf(is);
  const differences: Difference[] = [];
  for (const field of new Set([...before.keys(), ...after.keys()])) {
    const pair = { recorded: before.get(field) ?? null, decided: after.get(field) ?? null };
    if (pair.recorded !== pair.decided) differences.push({ field, ...pair });
  }
  return { recorded: was, decided: is, differences };
}

/** Fields of an event, those of its data spelt "data.name". */
function fieldsOf(event: Record<string, unknown>): Map<string, string> {
  const { data, ...rest } = event;
  const own = Object.entries(rest).map(([name, value]) => [name, JSON.stringify(value)] as const);
  const inner = Object.entries(data as Record<string, unknown>).map(
    ([name, value]) => [`data.${name}`, JSON.stringify(value)] as const,
  );
  return new Map([...own, ...inner]);
}
