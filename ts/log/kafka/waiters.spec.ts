import { describe, expect, test } from 'vitest';
import { Waiters } from './waiters.ts';

const head = (position: number) => ({ position, chain: new Uint8Array(32) });

/** What became of a promise so far. */
function stateOf(promise: Promise<void>): Promise<string> {
  const pending = new Promise<string>((resolve) => setImmediate(() => resolve('waits')));
  return Promise.race([
    promise.then(
      () => 'done',
      (error: Error) => error.message,
    ),
    pending,
  ]);
}

describe('who waits', () => {
  test('for an offset is told when the partition has come there, at once if it has', async () => {
    const waiters = new Waiters();
    expect(await stateOf(waiters.passed(0, 5, 5))).toBe('done');
    const done = waiters.passed(0, 5, 3);
    waiters.reached(1, 9);
    waiters.reached(0, 4);
    expect(await stateOf(done)).toBe('waits');
    waiters.reached(0, 7);
    expect(await stateOf(done)).toBe('done');
  });

  test('for a position is told when the lab has come there, also if it is removed right after', async () => {
    const waiters = new Waiters();
    const { done } = waiters.holds('a', 3);
    waiters.moved('b', head(9));
    waiters.moved('a', head(2));
    waiters.moved('a', null);
    expect(await stateOf(done)).toBe('waits');
    waiters.moved('a', head(4));
    waiters.moved('a', null);
    expect(await stateOf(done)).toBe('done');
  });

  test('for a position of a lab that stalls is told why it will not come; for its removal, waits on', async () => {
    const waiters = new Waiters();
    const [held, gone] = [waiters.holds('a', 3), waiters.forgets('a')];
    waiters.stalled({ lab: 'a', position: 2, partition: 0, offset: 7, detail: 'a gap', stalls: true });
    expect(await stateOf(held.done)).toBe('store damaged: lab a, position 2: a gap');
    expect(await stateOf(gone.done)).toBe('waits');
    waiters.moved('a', null);
    expect(await stateOf(gone.done)).toBe('done');
  });

  test('when the log closes is told so, and whoever waits no more is not', async () => {
    const waiters = new Waiters();
    const [held, cancelled, passed] = [waiters.holds('a', 3), waiters.holds('a', 3), waiters.passed(0, 5, 3)];
    cancelled.cancel();
    waiters.close();
    expect(await stateOf(held.done)).toBe('the log is closed');
    expect(await stateOf(passed)).toBe('the log is closed');
    expect(await stateOf(cancelled.done)).toBe('waits');
  });
});
