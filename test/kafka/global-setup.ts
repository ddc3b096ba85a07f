/** The broker that the files of `npm run test:kafka` share; KAFKA_VERSION chooses another than the usual one. */
import type { TestProject } from 'vitest/node';
import { canHaveKafka } from '../../scripts/kafka-jars.ts';
import { startBroker } from './broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the broker; empty where none can be had. */
    readonly kafka: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = canHaveKafka() ? await startBroker() : null;
  project.provide('kafka', broker?.address ?? '');
  return async () => {
    await broker?.dispose();
  };
}
