import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { silenceKafkaTimers } from './timer-warning.ts';

/** Warns as Node's timers do, from a file of that name. */
function warnFrom(filename: string, type: string): void {
  const warn = runInThisContext('(type) => process.emitWarning("-5 is a negative number.", type)', { filename }) as (
    type: string,
  ) => void;
  warn(type);
}

test('a timer in the past is not spoken of when kafkajs set it, and is when anyone else did', () => {
  const said: unknown[][] = [];
  const real = process.emitWarning;
  process.emitWarning = (...args: unknown[]) => void said.push(args);
  try {
    silenceKafkaTimers();
    silenceKafkaTimers();
    warnFrom('/app/node_modules/kafkajs/src/network/requestQueue/index.js', 'TimeoutNegativeWarning');
    warnFrom('/app/node_modules/kafkajs/src/index.js', 'DeprecationWarning');
    warnFrom('/app/dist/other.js', 'TimeoutNegativeWarning');
  } finally {
    process.emitWarning = real;
  }
  expect(said.map(([, type]) => type)).toEqual(['DeprecationWarning', 'TimeoutNegativeWarning']);
});
