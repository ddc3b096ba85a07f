/** What a lab file writes about pairs in clouds (raw.ts). */
import type { CloudMoves, Fabric } from '../../model/lab/cloud.ts';

export type RawFabric = Fabric;

export interface RawCloudMove {
  readonly moves?: CloudMoves | undefined;
  readonly takes?: string | number | undefined;
}
