/**
 * Where everything is drawn: one fixed layout over all that a lab ever has, so that nothing moves while time does.
 *
 * It is made once for a lab's definition (guests that may move have a place on each hypervisor they may come to), by ELK outside the page
 * or by `plainLayout` anywhere. Coordinates are whole pixels from the picture's corner.
 */
import type { NodeName } from '../model/lab/endpoint.ts';

export interface PortPlace {
  /** Name of the interface on its node. */
  readonly name: string;
  readonly side: 'left' | 'right';
  /** Middle of the port, on the edge of its node. */
  readonly x: number;
  readonly y: number;
}

export interface Place {
  readonly node: NodeName;
  /** The hypervisor that it is drawn in; null for what stands by itself. A guest that can move has one place for each. */
  readonly on: NodeName | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly ports: readonly PortPlace[];
}

export interface Route {
  /** Number of the link in the lab's definition. */
  readonly link: number;
  /** Corners of the line, from `a` to `b`. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PictureLayout {
  readonly schema: 1;
  readonly by: 'elk' | 'plain';
  /** SHA-256 (hex) of the plan it is a layout of: one of another definition is not used. */
  readonly plan: string;
  readonly width: number;
  readonly height: number;
  /** Hypervisors before what is on them. */
  readonly places: readonly Place[];
  readonly routes: readonly Route[];
}
