/** A part of a lab is run on from a moment of it, never from a beginning that it lacks. */
import { expect, test } from 'vitest';
import { recordsOf, switchedHosts } from '../../test/support/recorded-lab.ts';
import { createEngine } from '../services/engine/host.ts';
import { courseOf } from './course.ts';
import { NotRead } from './not-read.ts';
import { Rerun } from './rerun.ts';

const course = courseOf(recordsOf(switchedHosts('duration: 1s')));

test('a lab that was read from its beginning is run from there', () => {
  expect(new Rerun(createEngine, course).play().engine.position).toBeGreaterThan(1);
});

test('a part of a lab asks for what lies before it', () => {
  const unread = { to: 4, allowedNs: 0, from: 9, completeNs: 1_000_000_000 };
  expect(() => new Rerun(createEngine, { ...course, unread })).toThrow(NotRead);
});
