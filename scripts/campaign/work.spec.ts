/** A campaign that cannot fail proves nothing: histories with a defect made on purpose are told from sound ones. */
import { describe, expect, test } from 'vitest';
import { chained } from '../../test/contract/records.ts';
import type { LogRecord } from '../../ts/log/event-log.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { Tally } from './campaign.ts';
import { Random } from './random.ts';
import { commandOf, History, labOf, labText, WORK_LAB } from './work.ts';

/** Five records; the first, third and fourth are what commands caused first. */
const IDS = ['w1-0', '', 'w1-1', 'w1-2', ''];
const sound = chained(5).map((record, index) => ({ ...record, commandId: IDS[index] ?? '' }));
const CHAIN = toHex(sound.at(-1)?.chain ?? new Uint8Array());

function tallied(records: readonly LogRecord[], undisturbed = CHAIN): Tally {
  const history = new History('w1');
  for (const number of [0, 1, 2]) history.acknowledged.add(history.id(number));
  const tally = new Tally();
  history.compare(records, undisturbed, tally);
  return tally;
}

describe('a history', () => {
  test('that nothing disturbed has all that was acknowledged, once, and the chain of its commands', () => {
    expect(tallied(sound)).toMatchObject({ acknowledged: 3, lost: 0, doubled: 0, chains: 1, faults: [] });
  });

  test('that ends before an acknowledged command has lost it', () => {
    const { lost, doubled, faults } = tallied(sound.slice(0, 3));
    expect([lost, doubled, faults.length]).toEqual([1, 0, 2]);
  });

  test('in which a command has two effects has doubled it', () => {
    const twice = sound.map((record, index) => (index === 4 ? { ...record, commandId: 'w1-1' } : record));
    expect(tallied(twice)).toMatchObject({ lost: 0, doubled: 1, faults: ['w1: command w1-1 has 2 effects'] });
  });

  test('of other commands has another chain', () => {
    expect(tallied(sound, '00').faults).toEqual([`w1: chain ${CHAIN} at 5, undisturbed 00`]);
  });
});

test('commands are for nodes and interfaces that the lab has', () => {
  const { lab } = labOf(labText(WORK_LAB, 'w1'));
  const names = new Set([...lab.nodes.map(({ name }) => name), ...lab.interfaces.map((one) => `${one.node}:${one.name}`)]);
  const commands = Array.from({ length: 300 }, (_, attempt) => commandOf(Random.of(1, 'spec', attempt)));
  const asked = new Set(commands.filter((text) => !text.startsWith('step')).map((text) => text.split(' ').at(-1) ?? ''));
  expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  expect(asked.size).toBeGreaterThan(5);
});
