/**
 * A lab and what is changed in it. A change is one of
 *
 *   value              the lab behaves differently: other events, or another report
 *   says(value, text)  the reader says that the value is refused, or changes nothing
 */
import type { Endpoint } from '../../../ts/model/lab/endpoint.ts';
import type { Lab } from '../../../ts/model/lab/lab.ts';

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

/** A frame from outside, so long after the script's end. */
export interface FrameAfter {
  readonly at: Endpoint;
  readonly afterNs: number;
  readonly bytes: Uint8Array;
}

export interface Changed {
  readonly name: string;
  readonly text: string;
  /** What comes from outside once the script is over; ten seconds follow. */
  readonly framesOf?: (lab: Lab) => readonly FrameAfter[];
  /** Where the file is changed ("topology/nodes/a/gateway"), and to what. */
  readonly changes: Readonly<Record<string, unknown>>;
}
