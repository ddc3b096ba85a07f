import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { newEngine } from '../../test/properties/drive.ts';
import { playsLab } from '../../test/support/played.ts';
import { readFlows } from '../engine/derived.ts';
import { scriptInputs } from '../engine/script.ts';
import type { LabEvent } from '../model/events/events.ts';
import { readExpectation } from '../topology/read-expectation.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { type Bisected, bisect, turnsOnce } from './bisect.ts';
import { courseOfInputs } from './course.ts';
import { Rerun } from './rerun.ts';

const NAME = 'garp-blocked-by-arp-inspection.lab.yml';
const read = readLabFile(readFileSync(new URL(`../../labs/${NAME}`, import.meta.url), 'utf8'), NAME);
if (!read.ok) throw new Error(`${NAME} is not valid`);
const { lab, script } = read.file;
const course = courseOfInputs(scriptInputs(lab, script));
let events: readonly LabEvent[] = [];

beforeAll(() => {
  events = new Rerun(newEngine, course).play().decided.map(({ event }) => event);
});

function asked(text: string): Bisected {
  playsLab();
  return bisect(newEngine, course, events, readExpectation(lab, text));
}

describe('the first event with which an expectation turns false', () => {
  test('of HA: the event that took the role away', () => {
    expect(asked('{ ha: fw1, state: active }')).toMatchObject({
      status: 'turned',
      event: { type: 'NodePowerChanged', atNs: 20.5e9, data: { node: 'fw1' } },
      seen: 'fw1 is crashed, expected active',
    });
  });

  test('of a neighbour: the event that forgot or changed it', () => {
    const { event } = asked('neighbour: { node: client, ip: 10.0.1.1 }, mac: fw1:eth1');
    expect(event).toMatchObject({ type: 'NeighbourUpdated', data: { node: 'client', old: '52:54:00:aa:00:01', new: '' } });
  });

  test('of events: the one that is too many', () => {
    const { event } = asked('{ event: GarpSent, where: { node: fw2 }, count: { max: 3 } }');
    const sent = events.filter(({ type, data }) => type === 'GarpSent' && data.node === 'fw2');
    expect(event?.position).toBe(sent[3]?.position);
  });

  test('of drops: found by coarse steps, at the first drop on record', () => {
    const found = asked('{ drops: { at: psw-in, reason: arp-inspection }, count: 0 }');
    expect(found).toMatchObject({
      status: 'turned',
      scanned: false,
      event: { type: 'FrameDropped', data: { reason: 'arp-inspection' } },
    });
    expect(found.event?.position).toBe(
      events.find(({ type, data }) => type === 'FrameDropped' && data.reason === 'arp-inspection')?.position,
    );
  });

  test('of a flow: the event by which it had lost too much', () => {
    const expectation = '{ flow: up, lost: { max: 5000 } }';
    const { event, status, scanned } = asked(expectation);
    expect([status, scanned]).toEqual(['turned', false]);
    const lostAt = (position: number) => readFlows(new Rerun(newEngine, course).playUntil({ position }).engine)[0]?.lost ?? 0;
    expect(lostAt(event?.position ?? 0)).toBeGreaterThan(5000);
    expect(lostAt((event?.position ?? 0) - 1)).toBeLessThanOrEqual(5000);
  });

  test('is none where it holds to the end, and where it never holds', () => {
    expect(asked('{ ha: fw2, state: active }')).toMatchObject({ status: 'holds', event: null });
    expect(asked('{ flow: up, lost: { max: 1000000 } }')).toMatchObject({ status: 'holds', event: null, trueSince: 1 });
    expect(asked('{ ha: fw2, state: suspended }')).toMatchObject({ status: 'never', trueSince: null });
  });
});

test('counts that only grow turn once; rates and least values are asked at every turn', () => {
  const once = (text: string) => turnsOnce(readExpectation(lab, text));
  expect(once('{ flow: up, lost: { max: 3 }, longest-gap: { max: 1s } }')).toBe(true);
  expect(once('{ drops: { at: psw-in }, count: 0 }')).toBe(true);
  expect(once('{ drops: { at: psw-in }, count: { min: 1, max: 3 } }')).toBe(false);
  expect(once('{ flow: up, rate: { min: 900 } }')).toBe(false);
  expect(asked('{ flow: up, rate: { min: 900 } }').scanned).toBe(true);
});

describe('an expression is refused', () => {
  test.each([
    ['{ ha: fw1, state: active, at: 20s }', '"at" asks for a time of its own'],
    ['{ drops: { at: psw-in }, count: 0, from: 1s, to: 2s }', '"from" asks for a time of its own'],
    ['{ event: GarpSent, within: 3s }', '"within" asks for a time of its own'],
    ['{ ha: fw3, state: active }', 'there is no node "fw3"'],
    ['{ ha: psw-in, state: active }', 'psw-in is a switch; only firewalls have an HA state'],
    ['{ flow: down, lost: 0 }', 'there is no flow "down"'],
    ['{ has: fw1 }', 'has'],
    ['{ ha: fw1', 'is no expectation'],
  ])('%s', (text, message) => {
    expect(() => readExpectation(lab, text)).toThrow(message);
  });
});
