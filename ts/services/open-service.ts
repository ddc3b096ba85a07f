/** Living labs for a process that stays: on the embedded log of a directory, or over Kafka with a mirror in that directory. */
import { join } from 'node:path';
import { openEmbeddedLog } from '../log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../log/embedded/snapshots.ts';
import { MIRROR_FILE } from './kafka/mirror-file.ts';
import { createEmbeddedService } from './living/embedded-service.ts';
import type { LabService } from './living/lab-service.ts';

export interface ServiceOptions {
  readonly dataDir: string;
  /** Absent: the labs are those of the directory, and this process runs them alone. */
  readonly kafka?: { readonly brokers: readonly string[]; readonly prefix: string; readonly partitions: number };
  readonly roles: readonly ('controller' | 'reader')[];
  readonly workers: number;
  readonly onTrouble?: (text: string) => void;
}

/** Opens the service, and all it stands on. `close` closes everything. */
export async function openLabService(options: ServiceOptions): Promise<LabService> {
  const { dataDir, kafka, roles, workers, onTrouble } = options;
  const log = await openEmbeddedLog(dataDir, { writes: true });
  const snapshots = openEmbeddedSnapshots(dataDir);
  const trouble = onTrouble === undefined ? {} : { onTrouble };
  const service = await (kafka === undefined
    ? createEmbeddedService({ log, snapshots, workers, adopts: roles.includes('controller'), ...trouble })
    : import('./kafka/kafka-service.ts').then(({ openKafkaService }) =>
        openKafkaService({ ...kafka, log, snapshots, progressFile: join(dataDir, MIRROR_FILE), roles, workers, ...trouble }),
      ));
  return {
    ...service,
    close: async () => {
      await service.close();
      await snapshots.close();
      await log.close();
    },
  };
}
