import { describe, expect, test } from 'vitest';
import { cabledHosts, recordsOf } from '../../../test/support/recorded-lab.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Input } from '../../engine/input.ts';
import type { Engines } from '../ask/verify-lab.ts';
import { createEngine } from '../engine/host.ts';
import { buildIn, buildOfWasm, replayOn } from './replay-on.ts';

const RECORDS = recordsOf(
  cabledHosts(`steps:
  - { at: 500ms, run: link down b:eth0 }
duration: 1s
`),
);

/** A build like this one, but for what it makes of an input. */
function buildThat(changes: (input: Input, engine: Engine) => Input): Engines {
  const create = (): Engine => {
    const engine = createEngine();
    const receive = engine.receive.bind(engine);
    engine.receive = (input, reception) => receive(changes(input, engine), reception);
    return engine;
  };
  return { identity: 'other', create };
}

describe('another build', () => {
  test('that decides alike has the very chain', () => {
    expect(RECORDS.length).toBeGreaterThan(4);
    expect(replayOn({ identity: 'this', create: createEngine }, RECORDS)).toMatchObject({
      same: true,
      changes: [],
      firstPosition: null,
    });
  });

  test('that decides differently is told by what was and what is', () => {
    const other = buildThat((input) =>
      input.type === 'CommandReceived' ? { type: 'CommandReceived', data: { command: 'link down a:eth0' } } : input,
    );
    const { same, changes, firstPosition, failure } = replayOn(other, RECORDS);
    expect({ same, failure }).toEqual({ same: false, failure: null });
    expect(changes[0]).toMatchObject({
      position: firstPosition,
      was: { type: 'CommandReceived', data: { command: 'link down b:eth0' } },
      is: { type: 'CommandReceived', data: { command: 'link down a:eth0' } },
    });
    expect(changes.map(({ position }) => position)).toEqual(changes.map(({ position }) => position).sort((a, b) => a - b));
  });

  test('that fails on the way is told with how far it came', () => {
    const other = buildThat((input) => {
      if (input.type === 'CommandReceived') throw new Error('a trap');
      return input;
    });
    const { same, failure, changes } = replayOn(other, RECORDS);
    expect({ same, failure }).toEqual({ same: false, failure: expect.stringMatching(/^after \d+ events: a trap$/) });
    expect(changes.some(({ was, is }) => was?.type === 'CommandReceived' && is === null)).toBe(true);
  });
});

describe('a build is refused', () => {
  test('where a folder has none', async () => {
    await expect(buildIn('docs')).rejects.toThrow(/docs is no built Switchback: there is no dist/);
  });

  test('where a file is no data plane', () => {
    expect(() => buildOfWasm('README.md')).toThrow(/README.md is no data plane/);
  });
});

test('the data plane of this build, brought as a file, decides alike', () => {
  expect(replayOn(buildOfWasm('gen/dataplane/dataplane.core.wasm'), RECORDS).same).toBe(true);
});
