import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import type { EventLog } from '../../ts/log/event-log.ts';
import { openKafkaLog } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { describeEventLog } from '../contract/event-log.ts';
import { needs } from '../needs.ts';
import { freshTopics } from './broker.ts';

needs('kafka')('on a real broker', () => {
  describeEventLog('Kafka', () => {
    const options = freshTopics();
    return Promise.resolve({
      open: () => openKafkaLog({ ...options, mirror: openMemoryLog() }),
      dispose: () => Promise.resolve(),
    });
  });

  describeEventLog('Kafka, mirrored into directories,', () => {
    const options = freshTopics();
    const folder = mkdtempSync(join(tmpdir(), 'switchback-contract-'));
    const mirrors: EventLog[] = [];
    return Promise.resolve({
      open: async () => {
        const mirror = await openEmbeddedLog(join(folder, `${mirrors.length}`));
        mirrors.push(mirror);
        return await openKafkaLog({ ...options, mirror, progressFile: join(folder, `${mirrors.length}.json`) });
      },
      dispose: async () => {
        for (const mirror of mirrors) await mirror.close();
        rmSync(folder, { recursive: true, force: true });
      },
    });
  });
});
