/** Living labs on the embedded log, run by this process. */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { EnginePool } from '../engine/pool.ts';
import { Controller } from './controller.ts';
import type { Recorder } from './lab-context.ts';
import type { LabService } from './lab-service.ts';

export interface EmbeddedServiceOptions {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly workers: number;
  /** Take up labs that follow the clock, and steps that were cut off. */
  readonly adopts: boolean;
  readonly onTrouble?: (text: string) => void;
  /** See `LivingLabContext`. */
  readonly snapshotAfterMs?: number;
}

/** The caller closes log and snapshots, after the service. */
export async function createEmbeddedService(options: EmbeddedServiceOptions): Promise<LabService> {
  const { log, snapshots, workers, onTrouble = () => undefined } = options;
  const pool = new EnginePool(workers);
  const counts = { events: 0 };
  const recorder: Recorder = {
    append: async (lab, expected, records) => {
      await log.append(lab, expected, records);
      counts.events += records.length;
    },
    forget: (lab) => log.remove(lab),
    pass: () => Promise.resolve(),
    caughtUp: () => Promise.resolve(),
  };
  const { snapshotAfterMs } = options;
  const controller = new Controller({
    log,
    snapshots,
    pool,
    recorder,
    ...(snapshotAfterMs === undefined ? {} : { snapshotAfterMs }),
  });
  if (options.adopts) await controller.adopt(await log.labs(), onTrouble);
  return {
    log,
    snapshots,
    submit: (command) => controller.take(command),
    cancel: (lab) => controller.cancel(lab),
    setClock: (lab, change) => controller.setClock(lab, change),
    health: () => ({
      live: true,
      ready: true,
      troubles: [],
      roles: ['controller', 'reader'],
      gauges: {
        labsLoaded: controller.open,
        partitionsOwned: 0,
        commandsTaken: controller.commandsTaken,
        eventsAppended: counts.events,
        labsHalted: controller.labsHalted,
      },
    }),
    close: async () => {
      await controller.close();
      await pool.close();
    },
  };
}
