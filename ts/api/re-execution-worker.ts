/** A worker that answers one question by re-execution: it asks for the records that it needs, and tells the answer. */
import { parentPort } from 'node:worker_threads';
import { type LogAnswer, openPortLog, openPortSnapshots, type SendRequest } from '../services/ask/log-port.ts';
import { answerTo, labsOf } from '../services/debug/question.ts';
import type { FromReExecution, ToReExecution } from './re-execution.ts';

const port = parentPort;
if (port === null) throw new Error('re-execution-worker runs as a worker only');

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

/** Those who wait for an answer to a request, by its number. */
const waiting = new Map<number, (answer: LogAnswer) => void>();
let requests = 0;

const send: SendRequest = (request) =>
  new Promise((resolve) => {
    const number = ++requests;
    waiting.set(number, resolve);
    port.postMessage({ number, request } satisfies FromReExecution);
  });

port.on('message', (message: ToReExecution) => {
  if (message.kind === 'answer') {
    waiting.get(message.number)?.(message.answer);
    waiting.delete(message.number);
    return;
  }
  const { question } = message;
  answerTo(openPortLog(send, labsOf(question)), question, openPortSnapshots(send)).then(
    (answered) => port.postMessage({ answered } satisfies FromReExecution),
    (error: unknown) => port.postMessage(failureOf(error)),
  );
});
