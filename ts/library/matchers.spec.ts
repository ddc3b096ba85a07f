/** What tests expect of labs: each matcher holds and fails, and says what was seen. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Lab } from './index.ts';
import './vitest.ts';

let lab: Lab;

/** A pair of firewalls that shares a MAC-less address, and a client's flow through it; the active unit crashes at 20.5 s. */
beforeAll(() => {
  lab = Lab.open('labs/ha-assigned-mac.lab.yml');
  lab.run();
});

/** The message of the matcher that is expected to fail. */
function refusal(judge: () => void): string {
  try {
    judge();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the matcher held');
}

describe('toFailOverWithin', () => {
  test('measures from the crash to the new active unit', () => {
    expect(lab).toFailOverWithin('9500ms');
    expect(lab).toFailOverWithin('10s', { pair: 'edge', unit: 'fw2', from: '20s' });
    expect(refusal(() => expect(lab).toFailOverWithin('4s'))).toBe(
      'expected the lab to fail over within "4s": fw2 became active at 30 s (#98, peer-lost), 9.5 s after "crash fw1" (#70)',
    );
    expect(refusal(() => expect(lab).not.toFailOverWithin('10s'))).toMatch(/^expected the lab not to fail over within "10s": fw2/);
  });

  test('finds none where no unit took over: the first election is no takeover', () => {
    expect(refusal(() => expect(lab).toFailOverWithin('60s', { unit: 'fw1' }))).toContain('no unit took over until 60 s');
    expect(lab.takeovers().map(({ unit, position }) => `${unit} #${position}`)).toEqual(['fw2 #98']);
  });
});

test('toConvergeWithin measures from the last command to the last change of belief, and wants the lab to have run that long', () => {
  expect(lab).toConvergeWithin('15s');
  expect(refusal(() => expect(lab).toConvergeWithin('14s'))).toContain(
    'the last change, NeighbourUpdated #134, came 14.501004268 s after #70',
  );
  expect(refusal(() => expect(lab).toConvergeWithin('40s'))).toContain('the lab ran only 39.5 s since #70: step it on');
  expect(refusal(() => expect(new Lab('empty').step('1s')).toConvergeWithin('1s'))).toContain('the world did nothing');
});

test('toDeliver judges a flow; without expectations, that nothing is lost', () => {
  expect(lab).toDeliver('client1-up', { lost: { max: 12_000 }, 'longest-gap': { min: '9s', max: '11s' } });
  expect(refusal(() => expect(lab).toDeliver('client1-up'))).toMatch(/[\d,]+ frames of client1-up lost, expected exactly 0/);
  expect(() => expect(lab).toDeliver('client1-pu')).toThrow('did you mean "client1-up"?');
});

test('toDropFrames judges drops by place, reason and time', () => {
  expect(lab).toDropFrames({
    at: 'fw1:eth1',
    reason: 'interface-down',
    count: { min: 18_000, max: 20_000 },
    from: '20.5s',
    to: '31s',
  });
  expect(lab).not.toDropFrames({ reason: 'forged-transmit' });
  expect(refusal(() => expect(lab).not.toDropFrames({ at: 'fw1' }))).toContain('(interface-down)');
  expect(() => expect(lab).toDropFrames({ reason: 'forged-transmits' })).toThrow('did you mean "forged-transmit"?');
});

test('toMeet judges by any expectation of a lab file, toVerify by re-execution', () => {
  expect(lab).toMeet({ ha: 'fw2', state: 'active', at: '40s' });
  expect(refusal(() => expect(lab).toMeet({ ha: 'fw2', state: 'active', at: '20s' }))).toContain('fw2 is passive, expected active');
  expect(lab).toVerify();
  expect(() => expect({}).toVerify()).toThrow('expected a Lab of switchback-lab');
});
