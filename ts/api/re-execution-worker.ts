/** A worker that answers one question by re-execution: the records of its labs come in, the answer goes out. */
import { parentPort } from 'node:worker_threads';
import { MemoryStore, openMemoryLog } from '../log/memory.ts';
import { answerTo } from '../services/debug/question.ts';
import type { FromReExecution, ToReExecution } from './re-execution.ts';

const port = parentPort;
if (port === null) throw new Error('re-execution-worker runs as a worker only');
const store = new MemoryStore();

/** Errors that name what the lab does not have. */
const MISSING: ReadonlySet<string> = new Set(['NoSuchFlow', 'NoSuchInterface']);

function failureOf(error: unknown): FromReExecution {
  if (!(error instanceof Error)) return { failure: String(error) };
  const { name, message, stack = message } = error;
  if (MISSING.has(name)) return { refused: message, isMissing: true };
  return error instanceof RangeError && !isOverflow(error) ? { refused: message, isMissing: false } : { failure: stack };
}

/** The engine of JavaScript throws a RangeError, too, where a stack or a length is at its end. */
function isOverflow({ message }: RangeError): boolean {
  return /call stack|Invalid (array|string|typed array) length|Array buffer allocation/i.test(message);
}

port.on('message', (message: ToReExecution) => {
  if (message.kind === 'records') {
    const records = store.labs.get(message.lab) ?? [];
    for (const record of message.records) records.push(record);
    store.labs.set(message.lab, records);
    return;
  }
  const answer = (found: FromReExecution): void => port.postMessage(found);
  answerTo(openMemoryLog(store), message.question).then(
    (answered) => answer({ answered }),
    (error: unknown) => answer(failureOf(error)),
  );
});
