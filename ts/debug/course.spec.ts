import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { newEngine } from '../../test/properties/drive.ts';
import type { Input } from '../engine/input.ts';
import { scriptInputs } from '../engine/script.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { nanos } from '../values/nanos.ts';
import { added, type Course, courseOf, courseOfInputs, cutAt, endOf, replaced, sameInput, withLab, without } from './course.ts';
import { Rerun } from './rerun.ts';

const NAME = 'garp-blocked-by-arp-inspection.lab.yml';
const read = readLabFile(readFileSync(new URL(`../../labs/${NAME}`, import.meta.url), 'utf8'), NAME);
if (!read.ok) throw new Error(`${NAME} is not valid`);
const { lab: network, script } = read.file;

/** Seconds and a command. */
type At = readonly [number, string];

/** The inputs of the shipped lab with these steps instead of its own. */
function inputsOf(...steps: readonly At[]): Input[] {
  return scriptInputs(network, { ...script, steps: steps.map(([at, run]) => ({ atNs: nanos(at * 1e9), command: run })) });
}

const course = (...steps: readonly At[]): Course => courseOfInputs(inputsOf(...steps));
const told = ({ given }: Course): Input[] => given.map(({ input }) => input);
const command = (text: string): Input => ({ type: 'CommandReceived', data: { command: text } });
const numberOf = ({ given }: Course, text: string): number =>
  given.findIndex(({ input }) => input.type === 'CommandReceived' && input.data.command === text);

const CRASH: At = [20.5, 'crash fw1'];
const BIND: At = [45, 'bind psw-in 10.0.1.1 52:54:00:bb:00:01'];
const CLEAR: At = [45, 'arp clear client'];

describe('a changed course has the inputs of a lab file with that change', () => {
  test('without a step, the time before and behind it is joined', () => {
    const whole = course(CRASH, BIND);
    expect(told(without(whole, new Set([numberOf(whole, BIND[1])])))).toEqual(inputsOf(CRASH));
    expect(told(without(whole, new Set([numberOf(whole, CRASH[1])])))).toEqual(inputsOf(BIND));
    expect(told(without(whole, new Set([2, 4])))).toEqual(inputsOf());
  });

  test('without one of two steps of an instant, time still stops there', () => {
    const whole = course(CRASH, BIND, CLEAR);
    expect(told(without(whole, new Set([numberOf(whole, BIND[1])])))).toEqual(inputsOf(CRASH, CLEAR));
    expect(told(without(whole, new Set([numberOf(whole, CLEAR[1])])))).toEqual(inputsOf(CRASH, BIND));
  });

  test('without a step at the very end, the run still settles its counts', () => {
    const whole = course(CRASH, [60, 'crash fw2']);
    expect(told(without(whole, new Set([numberOf(whole, 'crash fw2')])))).toEqual(inputsOf(CRASH));
  });

  test('an added step cuts the time that was allowed to pass', () => {
    expect(told(added(course(CRASH), 45e9, [command(BIND[1])]))).toEqual(inputsOf(CRASH, BIND));
    expect(told(added(course(BIND), 20.5e9, [command(CRASH[1])]))).toEqual(inputsOf(CRASH, BIND));
    expect(told(added(course(), 0, [command('crash fw1')]))).toEqual(inputsOf([0, 'crash fw1']));
  });

  test('an added step comes after those of the same instant', () => {
    expect(told(added(course(CRASH, BIND), 45e9, [command(CLEAR[1])]))).toEqual(inputsOf(CRASH, BIND, CLEAR));
  });

  test('a step added at the very end comes before the counts are settled', () => {
    expect(told(added(course(CRASH), 60e9, [command('crash fw2')]))).toEqual(inputsOf(CRASH, [60, 'crash fw2']));
    const first: At = [60, 'crash fw2'];
    expect(told(added(course(first), 60e9, [command(BIND[1])]))).toEqual(inputsOf(first, [60, BIND[1]]));
  });

  test('nothing is added behind the end', () => {
    expect(() => added(course(CRASH), 60e9 + 1, [command('crash fw2')])).toThrow('the lab ends at 60000000000 ns');
  });
});

test('a course cut at a time ends there: nothing is given from then on, and no time passes beyond', () => {
  const cut = cutAt(course(CRASH, BIND), 45e9);
  expect(endOf(cut)).toBe(45e9);
  expect(cut.given.at(-1)?.input).toEqual({ type: 'TimeAdvanced', data: { toNs: 45e9 } });
  expect(numberOf(cut, BIND[1])).toBe(-1);
  expect(endOf(cutAt(course(CRASH), 1e9))).toBe(1e9);
});

test('an input is the same by content and time, wherever it is recorded', () => {
  const [one, other] = [course(CRASH, BIND), course(BIND)];
  const at = (of: Course, text: string) => of.given[numberOf(of, text)];
  const [here, there, crash] = [at(one, BIND[1]), at(other, BIND[1]), at(one, CRASH[1])];
  if (here === undefined || there === undefined || crash === undefined) throw new Error('a step is missing');
  expect(sameInput({ ...here, position: 98 }, there)).toBe(true);
  expect(sameInput({ ...here, atNs: 44e9 }, there)).toBe(false);
  expect(sameInput(crash, there)).toBe(false);
  expect(sameInput({ ...crash, atNs: 45e9 }, there)).toBe(false);
});

describe('a rerun', () => {
  const whole = course(CRASH, BIND);
  const run = new Rerun(newEngine, whole, { watches: true }).play();
  const chainOf = (one: Rerun): string => Buffer.from(one.engine.chain).toString('hex');

  test('of a recorded lab, whole or in pieces, decides the recorded events again', () => {
    const records = run.decided.map(({ event, ...rest }) => ({
      ...rest,
      position: event.position,
      recordedAtMs: 0,
      settled: false,
    }));
    const recorded = courseOf(records);
    expect(recorded.given.map(({ position }) => position)).toEqual([...run.positions.values()]);
    const again = new Rerun(newEngine, recorded).playUntil({ position: 30 }).playUntil({ atNs: 31e9 }).play();
    expect(chainOf(again)).toBe(chainOf(run));
    expect(again.decided).toHaveLength(run.decided.length);
  });

  test('goes on from a moment of another one', () => {
    const bind = numberOf(whole, BIND[1]);
    const moment = new Rerun(newEngine, whole, { watches: true }).play(bind).moment();
    const again = new Rerun(newEngine, whole, { from: moment, watches: true }).play();
    expect(chainOf(again)).toBe(chainOf(run));
    const drop = 'fw1:eth1 drops frames: interface-down';
    expect(run.happened.times(drop)).toBeGreaterThan(20_000);
    expect(again.happened.times(drop)).toBe(run.happened.times(drop));
  });

  test('stops at a time with everything at it behind, and nothing after it', () => {
    const half = new Rerun(newEngine, whole).playUntil({ atNs: 30e9 });
    expect(half.engine.position).toBe(run.decided.findLast(({ event }) => event.atNs <= 30e9)?.event.position);
  });

  test('of another definition plays the same inputs there', () => {
    const other = { ...network, flows: [] };
    const quiet = new Rerun(newEngine, withLab(whole, other), { watches: true }).play();
    expect(quiet.happened.times('fw1:eth1 drops frames: interface-down')).toBeLessThan(100);
    expect(quiet.decided.filter(({ event }) => event.type === 'CommandReceived')).toHaveLength(2);
  });

  test('of another input in the place of one decides what follows from that', () => {
    const crashes = new Rerun(newEngine, replaced(whole, numberOf(whole, CRASH[1]), command('crash fw2'))).play();
    expect(crashes.decided.some(({ event }) => event.type === 'NodePowerChanged' && event.data.node === 'fw2')).toBe(true);
  });
});
