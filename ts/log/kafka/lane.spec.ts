import type { KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { Lane } from './lane.ts';

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ offset: String(from + index) }) as KafkaMessage);

/** A lane whose handler ends when told. */
class Bench {
  readonly handled: number[] = [];
  readonly ended: ((error?: Error) => void)[] = [];
  failure: unknown = null;
  drained = 0;
  readonly lane: Lane;

  constructor(next = 0) {
    this.lane = new Lane(next, {
      handle: ({ offset }) => {
        this.handled.push(Number(offset));
        return new Promise((resolve, reject) => this.ended.push((error) => (error === undefined ? resolve() : reject(error))));
      },
      failed: (error) => {
        this.failure = error;
      },
      drained: () => this.drained++,
    });
  }

  async end(count: number, error?: Error): Promise<void> {
    for (let index = 0; index < count; index++) {
      this.ended.shift()?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe('commands of a partition', () => {
  test('are handled one at a time and in order', async () => {
    const bench = new Bench();
    bench.lane.take(messages(0, 2), 3);
    expect(bench.handled).toEqual([0]);
    await bench.end(1);
    expect(bench.handled).toEqual([0, 1]);
    bench.lane.take(messages(3, 3), 4);
    await bench.end(3);
    expect(bench.handled).toEqual([0, 1, 2, 3]);
    expect(bench.lane.next).toBe(4);
  });

  test('are handled once when they come twice, and not when they are from before', async () => {
    const bench = new Bench(2);
    bench.lane.take(messages(0, 3), 4);
    bench.lane.take(messages(2, 4), 5);
    await bench.end(3);
    expect(bench.handled).toEqual([2, 3, 4]);
  });

  test('fill their lane, which says when it takes more again', async () => {
    const bench = new Bench();
    bench.lane.take(messages(0, 149), 150);
    expect(bench.lane.full).toBe(true);
    await bench.end(99);
    expect([bench.lane.full, bench.drained]).toEqual([true, 0]);
    await bench.end(1);
    expect([bench.lane.full, bench.drained]).toEqual([false, 1]);
  });

  test('stand still after one that failed', async () => {
    const bench = new Bench();
    bench.lane.take(messages(0, 2), 3);
    await bench.end(1, new Error('fenced'));
    expect(bench.failure).toEqual(new Error('fenced'));
    bench.lane.take(messages(3, 3), 4);
    expect(bench.handled).toEqual([0]);
  });

  test('are dropped when the lane stops, after the one that is being handled', async () => {
    const bench = new Bench();
    bench.lane.take(messages(0, 2), 3);
    let stopped = false;
    const stopping = bench.lane.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(stopped).toBe(false);
    await bench.end(1);
    await stopping;
    expect(bench.handled).toEqual([0]);
    expect(bench.failure).toBeNull();
  });
});
