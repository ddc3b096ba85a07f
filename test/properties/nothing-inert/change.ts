/**
 * A lab and what is changed in it. A change is one of
 *
 *   value              the lab behaves differently: other events, or another report
 *   says(value, text)  the reader says that the value is refused, or changes nothing
 */

export class Says {
  constructor(
    readonly value: unknown,
    readonly text: string,
  ) {}
}

/** A value that is refused or warned about. */
export function says(value: unknown, text: string): Says {
  return new Says(value, text);
}

export interface Changed {
  readonly name: string;
  readonly text: string;
  /** Where the file is changed ("topology/nodes/a/gateway"), and to what. */
  readonly changes: Readonly<Record<string, unknown>>;
}
