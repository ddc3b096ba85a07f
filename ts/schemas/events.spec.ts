/** The schema of events says what engines record: every event of every shipped lab, and nothing that is never recorded. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { scriptInputs } from '../engine/script.ts';
import { createEngine } from '../services/engine/host.ts';
import { publishChained } from '../services/publish/publish-event.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { eventSchema } from './events.ts';

const validate = new Ajv({ strict: false }).compile(eventSchema);

describe('the schema of events holds for all that is recorded by', () => {
  test.each(readdirSync('labs').filter((name) => name.endsWith('.lab.yml')))('%s', (name) => {
    const read = readLabFile(readFileSync(`labs/${name}`, 'utf8'), name);
    if (!read.ok) throw new Error(read.findings.map(({ message }) => message).join('\n'));
    const engine = createEngine();
    for (const input of scriptInputs(read.file.lab, read.file.script)) {
      engine.receive(input);
      engine.step();
      for (const { event } of engine.take()) {
        const published = JSON.parse(JSON.stringify(publishChained(event, engine.chain))) as unknown;
        if (!validate(published)) expect({ published, errors: validate.errors }).toBeNull();
      }
    }
  });
});

describe('the schema of events refuses', () => {
  const event = {
    position: 4,
    atNs: 0,
    type: 'HaStateChanged',
    kind: 'outcome',
    cause: 1,
    chain: '0'.repeat(64),
    data: { node: 'fw1', from: 'initial', to: 'active', reason: 'no-peer' },
  };

  test.each([
    ['the data of another type', { ...event, type: 'HaPeerLost' }],
    ['an outcome that claims to be an input', { ...event, kind: 'input' }],
    ['a state that is none', { ...event, data: { ...event.data, to: 'dead' } }],
    ['a field that is missing', { ...event, data: { node: 'fw1', from: 'initial', to: 'active' } }],
    ['a field that is no field', { ...event, data: { ...event.data, since: 1 } }],
    ['a type that is none', { ...event, type: 'HaStateChange' }],
    ['a position before the first', { ...event, position: 0 }],
  ])('%s', (_, wrong) => {
    expect(validate(event)).toBe(true);
    expect(validate(wrong)).toBe(false);
  });
});
