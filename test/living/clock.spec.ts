/** A lab that follows the clock is paused, goes on, and changes its pace; its history says nothing of it but how far time came. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { verifyLab } from '../../ts/services/ask/verify-lab.ts';
import { lastRecord } from '../../ts/services/engine/record-at.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { openLabService } from '../../ts/services/open-service.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { TWO_HOSTS } from '../api/recorded-lab.ts';

const data = mkdtempSync(join(tmpdir(), 'switchback-clock-'));
let service: LabService;

beforeAll(async () => {
  service = await openLabService({ dataDir: data, roles: ['controller', 'reader'], workers: 1 });
  const read = readLabFile(TWO_HOSTS, 'two-hosts');
  if (!read.ok) throw new Error('two-hosts is invalid');
  const definition = canonicalJson(read.file.lab);
  await ask(service, 'paced', { verb: 'deploy', definition, pacePermille: 1000, replace: false });
  await ask(service, 'steps', { verb: 'deploy', definition, pacePermille: 0, replace: false });
});
afterAll(async () => {
  await service.close();
  rmSync(data, { recursive: true, force: true });
});

/** Virtual time as far as it is on record; each change of the clock records it. */
async function recordedNs(): Promise<number> {
  const last = await lastRecord(service.log, 'paced');
  const event = last === null ? null : decodeBody(last.body);
  return event?.type === 'TimeAdvanced' ? event.data.toNs : (event?.atNs ?? 0);
}

test('a paused lab stands still, takes commands, and goes on where it was', async () => {
  expect(await service.setClock?.('paced', { isPaused: true })).toEqual({ isPaused: true, pacePermille: null });
  const pausedNs = await recordedNs();
  await sleep(50);
  await service.setClock?.('paced', { pacePermille: 1_000_000 });
  // Fifty seconds of virtual time, if the clock went.
  await sleep(50);
  const { status } = await ask(service, 'paced', { verb: 'execute', text: 'link down a:eth0' });
  expect([status, await recordedNs()]).toEqual(['done', pausedNs]);

  await service.setClock?.('paced', { isPaused: false });
  await expect.poll(recordedNs).toBeGreaterThan(pausedNs + 1e9);
  await service.setClock?.('paced', { isPaused: true });
  expect(await verifyLab(service.log, 'paced')).toMatchObject({ verified: true });
});

test('a lab whose time moves by steps has no clock', async () => {
  await expect(service.setClock?.('steps', { isPaused: true })).rejects.toThrow('lab steps was deployed without a pace');
});
