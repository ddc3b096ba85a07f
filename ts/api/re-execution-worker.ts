/** A worker that re-executes one lab once: its records come in, its state goes out. */
import { parentPort } from 'node:worker_threads';
import { MemoryStore, openMemoryLog } from '../log/memory.ts';
import type { LogRecord } from '../model/events/record.ts';
import { stateAt } from '../services/ask/state-at.ts';
import { verifyLab } from '../services/ask/verify-lab.ts';
import type { FromReExecution, ToReExecution } from './re-execution.ts';

const port = parentPort;
if (port === null) throw new Error('re-execution-worker runs as a worker only');
const records: LogRecord[] = [];

function answer(message: FromReExecution): void {
  port?.postMessage(message);
}

port.on('message', (message: ToReExecution) => {
  if (message.kind === 'records') {
    for (const record of message.records) records.push(record);
    return;
  }
  const store = new MemoryStore();
  store.labs.set(message.lab, records);
  const { lab, question } = message;
  const log = openMemoryLog(store);
  const asked: Promise<FromReExecution> =
    question === 'verify'
      ? verifyLab(log, lab).then((verification) => ({ verification }))
      : stateAt(log, lab, question.until).then((state) => ({ state }));
  asked.then(
    (found) => answer(found),
    (error: unknown) => answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
