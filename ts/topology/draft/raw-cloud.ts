/** What a lab file writes about pairs in clouds (raw.ts). */
import type { CloudMoves, Fabric } from '../../model/lab/cloud.ts';

export type RawFabric = Fabric;

export interface RawCloudMove {
  readonly moves?: CloudMoves | undefined;
  readonly takes?: string | number | undefined;
}

export interface RawLoadBalancer {
  readonly interval?: string | number | undefined;
  readonly failures?: number | undefined;
}

/** What a switch or router says of its cloud. */
export interface RawCloudNode {
  readonly fabric?: RawFabric | undefined;
  readonly 'load-balancer'?: RawLoadBalancer | undefined;
}
