/** Clouds: their fabrics, and how a pair of firewalls takes its addresses along there (rule HA-22). */
import type { Nanos } from '../../values/nanos.ts';

/** Clouds whose fabric the lab has. */
export const FABRICS = ['aws', 'azure'] as const;
export type Fabric = (typeof FABRICS)[number];

/** What the new active unit has the API move: addresses that both units have, or next hops of routes. */
export const CLOUD_MOVES = ['addresses', 'routes'] as const;
export type CloudMoves = (typeof CLOUD_MOVES)[number];

export interface CloudMove {
  readonly moves: CloudMoves;
  /** How long the call takes (rule COST-09). */
  readonly takesNs: Nanos;
}
