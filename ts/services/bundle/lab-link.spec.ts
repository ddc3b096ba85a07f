import { readdirSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { cabledHosts, recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { decodeLinked, LINK_CHARACTERS_MAX } from '../../bundle/link.ts';
import { scriptInputs } from '../../engine/script.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { CHAIN_START, nextChain } from '../../model/events/chain.ts';
import { encodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { labLink } from './lab-link.ts';
import { courseParts } from './same-course.ts';

test('a link holds the definition and the inputs as they are recorded, in letters that every address may have', async () => {
  const records = recordsOf(shippedLab('spoof-check'));
  const log = openMemoryLog();
  await log.append('spoof-check', 0, records);
  const link = await labLink(log, 'spoof-check');
  expect(link).toMatch(/^#lab=[\w-]+$/);
  const { lab, positions, chain, inputs } = decodeLinked(inflateRawSync(Buffer.from(link.slice('#lab='.length), 'base64url')));
  expect({ lab, positions, chain }).toEqual({ lab: 'spoof-check', positions: records.length, chain: records.at(-1)?.chain });
  const bodies = new Set(records.map(({ body }) => Buffer.from(body).toString('hex')));
  expect(inputs.length).toBe([...scriptInputs(...partsOf(shippedLab('spoof-check')))].length);
  expect(inputs.every((body) => bodies.has(Buffer.from(body).toString('hex')))).toBe(true);
});

function partsOf({ lab, script }: LabFile): [LabFile['lab'], LabFile['script']] {
  return [lab, script];
}

/** A row of inputs, recorded. No engine: what was done is all that a link is made of. */
function recordedInputs({ lab, script }: LabFile): LogRecord[] {
  let chain = CHAIN_START;
  return [...scriptInputs(lab, script)].map((input, i) => {
    const body = encodeBody({ ...input, position: i + 1, atNs: 0, cause: 0 } as unknown as LabEvent);
    chain = nextChain(chain, body);
    return { position: i + 1, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: true };
  });
}

test('each shipped lab has a link', async () => {
  const log = openMemoryLog();
  const labs = readdirSync('labs').flatMap((name) => (name.endsWith('.lab.yml') ? [name.replace('.lab.yml', '')] : []));
  for (const lab of labs) {
    await log.append(lab, 0, recordedInputs(shippedLab(lab)));
    expect((await labLink(log, lab)).length, lab).toBeLessThanOrEqual(LINK_CHARACTERS_MAX);
  }
});

test('a link that would be too long is refused, with its length', async () => {
  const steps = Array.from({ length: 2000 }, (_, i) => `  - { at: ${i * 29 + ((i * 7919) % 29)}ms, run: crash a }`);
  const log = openMemoryLog();
  await log.append('small', 0, recordedInputs(cabledHosts(`steps:\n${steps.join('\n')}`)));
  await expect(labLink(log, 'small')).rejects.toThrow(/the link would have \d+ characters; expected at most 4000/);
});

test('a lab file is compared with what was done to a recorded lab', async () => {
  const log = openMemoryLog();
  const file = shippedLab('spoof-check');
  await log.append('spoof-check', 0, recordsOf(file));
  expect(await courseParts(log, 'spoof-check', file)).toBeNull();
  const later = { ...file, script: { ...file.script, steps: file.script.steps.slice(0, -1) } };
  expect(await courseParts(log, 'spoof-check', later)).toMatch(/^it does something else at [\d.]+ s, where #\d+ is /);
  expect(await courseParts(log, 'spoof-check', shippedLab('tap-sees'))).toBe('it defines another lab');
});
