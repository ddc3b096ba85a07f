/** Clouds: their fabrics, and how a pair of firewalls takes its addresses along there (rule HA-22). */
import type { Nanos } from '../../values/nanos.ts';

/** Clouds whose fabric the lab has. */
export const FABRICS = ['aws', 'azure', 'gcp'] as const;
export type Fabric = (typeof FABRICS)[number];
/** Clouds whose API moves something to the new active unit of a pair. */
export const PAIR_CLOUDS: readonly Fabric[] = ['aws', 'azure'];

/** A router of a cloud that is a load balancer: it probes the next hops of its routes. */
export interface LoadBalancer {
  readonly intervalNs: Nanos;
  /** So many probes without an answer, one after the other, make a next hop unhealthy. */
  readonly failures: number;
}

/** What the new active unit has the API move: addresses that both units have, next hops of routes, or the interfaces themselves. */
export const CLOUD_MOVES = ['addresses', 'routes', 'interfaces'] as const;
export type CloudMoves = (typeof CLOUD_MOVES)[number];

export interface CloudMove {
  readonly moves: CloudMoves;
  /** How long the call takes (rule COST-09). */
  readonly takesNs: Nanos;
}
