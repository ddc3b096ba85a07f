/**
 * A resolved lab: what a topology file means once every default, group, derived MAC and reference is worked out.
 *
 * Plain JSON data in one canonical order (nodes by name, interfaces by node and name, links as written), because its
 * canonical JSON is the first event of every lab. Nothing past ts/topology/ sees the file's own shape.
 */

import type { ControlPlane } from './control-plane.ts';
import type { Flow } from './flow.ts';
import type { HaPair } from './ha-pair.ts';
import type { LabInterface } from './interfaces.ts';
import type { LabLink } from './links.ts';
import type { LabNode } from './nodes.ts';

export interface Lab {
  /** Version of this shape; a reader refuses one it does not know. */
  readonly schema: 1;
  readonly nodes: readonly LabNode[];
  readonly interfaces: readonly LabInterface[];
  readonly links: readonly LabLink[];
  readonly haPairs: readonly HaPair[];
  readonly flows: readonly Flow[];
  /** Rule COST-09; absent where nothing takes time of its own. */
  readonly controlPlane?: ControlPlane;
}
