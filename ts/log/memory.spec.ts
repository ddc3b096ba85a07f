import { describeEventLog } from '../../test/contract/event-log.ts';
import { MemoryStore, openMemoryLog } from './memory.ts';

describeEventLog('memory', () => {
  const store = new MemoryStore();
  return Promise.resolve({
    open: () => Promise.resolve(openMemoryLog(store)),
    dispose: () => Promise.resolve(),
  });
});
