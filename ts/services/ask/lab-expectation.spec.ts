import { expect, test } from 'vitest';
import { recordsOf, switchedHosts } from '../../../test/support/recorded-lab.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { bisectLab } from '../debug/bisect-lab.ts';
import { explainLab } from '../debug/explanation.ts';

test.each([
  ['bisect', (log: Parameters<typeof bisectLab>[0]) => bisectLab(log, 'lab', 'ha: a')],
  ['explain --why', (log: Parameters<typeof bisectLab>[0]) => explainLab(log, 'lab', { of: 'why', check: 'ha: a', until: null })],
])('%s refuses what is no expectation before it reads more than the definition', async (_, ask) => {
  const log = openMemoryLog();
  await log.append('lab', 0, recordsOf(switchedHosts('duration: 1s\n')));
  let records = 0;
  const counted = {
    ...log,
    head: log.head.bind(log),
    read: async function* (...asked: Parameters<typeof log.read>) {
      for await (const batch of log.read(...asked)) {
        records += batch.length;
        yield batch;
      }
    },
  } as typeof log;
  await expect(ask(counted)).rejects.toThrow('"ha" needs "state"');
  expect(records).toBe(1);
});
