/** Whoever follows a lab is woken by the append; no timer asks for each of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { chained } from '../../../test/contract/records.ts';
import { Changes } from './changes.ts';
import { openEmbeddedLog } from './index.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'switchback-changes-'));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

describe('a thousand who listen to one lab', () => {
  test('cost one look in two seconds, together', () => {
    const looks: string[] = [];
    const changes = new Changes(dir, (lab) => String(looks.push(lab) > 0));
    const leave = Array.from({ length: 1000 }, () => changes.listen('lab', () => undefined));
    const before = looks.length;
    vi.advanceTimersByTime(10_000);
    expect(looks.length - before).toBe(5);
    for (const one of leave) one();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('are each told once that it changed, and those of other labs are not', () => {
    let position = 1;
    const changes = new Changes(dir, (lab) => `${lab} ${lab === 'lab' ? position : 0}`);
    const told = { lab: 0, other: 0 };
    for (let one = 0; one < 1000; one++) changes.listen('lab', () => void told.lab++);
    changes.listen('other', () => void told.other++);
    position++;
    changes.changed('lab');
    changes.changed('lab');
    expect(told).toEqual({ lab: 1000, other: 0 });
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual({ lab: 1000, other: 0 });
    changes.close();
    expect(told).toEqual({ lab: 2000, other: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('a change that no watcher tells is found within two seconds', () => {
  let position = 1;
  const changes = new Changes(join(dir, 'nowhere'), () => String(position));
  const wake = vi.fn();
  changes.listen('lab', wake);
  position++;
  vi.advanceTimersByTime(2000);
  expect(wake).toHaveBeenCalledTimes(1);
  changes.close();
});

// Timers stand still here: only the append itself can wake those who follow.
describe('who follows a lab is woken', () => {
  test.each([
    ['by the append of this process', 'same'],
    ['by the append of another that has the store open', 'other'],
  ])('%s', async (_, writer) => {
    const log = await openEmbeddedLog(dir);
    const other = writer === 'same' ? log : await openEmbeddedLog(dir);
    const records = chained(6);
    const stop = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const batch of log.follow('lab', 1, stop.signal)) seen.push(...batch.map(({ position }) => position));
    })();
    for (const [index, record] of records.entries()) {
      await other.append('lab', index, [record]);
      while (seen.length <= index) await new Promise((resolve) => setImmediate(resolve));
    }
    stop.abort();
    await following;
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    await log.close();
    if (other !== log) await other.close();
  });
});
