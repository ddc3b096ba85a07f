/** All campaigns, in the order of the page. */
import type { Campaign } from './campaign.ts';
import { damagedStore } from './damage.ts';
import { fullDisk, readOnlyStore } from './full-disk.ts';
import { hostileApi } from './hostile-api.ts';
import { hostileCaptures } from './hostile-captures.ts';
import { hostileLabs } from './hostile-labs.ts';
import { killBroker } from './kill-broker.ts';
import { killController } from './kill-controller.ts';
import { killExec } from './kill-exec.ts';
import { killRun } from './kill-run.ts';
import { killServe } from './kill-serve.ts';
import { slowBroker } from './slow-broker.ts';
import { soak } from './soak.ts';
import { zombies } from './zombies.ts';

export const CAMPAIGNS: readonly Campaign[] = [
  killRun,
  killExec,
  killServe,
  killController,
  killBroker,
  zombies,
  slowBroker,
  fullDisk,
  readOnlyStore,
  damagedStore,
  hostileLabs,
  hostileCaptures,
  hostileApi,
  soak,
];
