import { beforeAll, expect, test } from 'vitest';
import { recordsOf, shippedLab } from '../../../test/support/recorded-lab.ts';
import { readWhole } from '../../../test/web/bundles.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { forkLab } from '../../services/debug/fork-lab.ts';
import { createEngine } from '../../services/engine/host.ts';
import { readLink } from '../link/link-text.ts';
import { gunzipped } from '../worker/gunzipped.ts';
import { fork } from './fork.ts';
import { completed, stepsOf } from './steps.ts';

const LAB = 'garp-blocked-by-arp-inspection';
const SETTING = { of: 'psw-in', property: 'arp-inspection', value: 'off' };

let records: LogRecord[];
beforeAll(() => {
  records = recordsOf(shippedLab(LAB));
});

test('a fork in the page comes out as the command line has it: chain, changes, flows and the first difference', async () => {
  const log = openMemoryLog();
  await log.append(LAB, 0, records);
  const order = { lab: LAB, at: { position: 1 }, name: `${LAB}-fork`, replace: false, run: [], set: [SETTING], without: [] };
  const { difference, ...report } = await forkLab(log, order);
  const told = await fork(
    { lab: LAB, records },
    { position: 1, set: ['psw-in.arp-inspection=off'], run: [], without: [] },
    createEngine,
  );
  expect([told.lab, told.chain, told.positions]).toEqual([report.fork, report.chain, report.position]);
  expect([told.changes, told.atNs, told.same]).toEqual([report.changes, report.atNs, false]);
  expect(told.flows.map(({ name, lost, gained }) => ({ name, lost, gained }))).toEqual(
    difference.flows.map(({ name, lost, gained }) => ({ name, lost, gained })),
  );
  expect(told.flows.some(({ gained }) => gained > 0)).toBe(true);
  expect(told.first?.b?.position).toBe(difference.events.first?.b?.position);
  expect(told.values).toBe(difference.definition.length + difference.recorded.length + difference.derived.length);
});

test('bundles of both are histories of their own, and the link of a fork has its inputs', async () => {
  const asked = { position: 1, set: ['psw-in.arp-inspection=off'], run: [], without: [] };
  const told = await fork({ lab: LAB, records }, asked, createEngine);
  const [original, forked] = await Promise.all([told.original, told.fork].map((bytes) => readWhole(gunzipped(bytes))));
  expect(original?.records.map(({ body }) => body)).toEqual(records.map(({ body }) => body));
  expect([forked?.lab, forked?.end, forked?.chain]).toEqual([told.lab, told.positions, told.chain]);
  const linked = await readLink(told.code ?? '');
  expect(Buffer.from(linked.chain).toString('hex')).toBe(told.chain);
});

test('a step of the list can be left out as it is named, and what cannot be changed is refused in a sentence', async () => {
  const steps = stepsOf(records);
  expect(steps.map(({ position }) => decodeBody(records[position - 1]?.body ?? new Uint8Array(0)).type)).toEqual(
    steps.map(() => 'CommandReceived'),
  );
  const step = steps.at(-1);
  const ask = (more: Partial<Parameters<typeof fork>[1]>) =>
    fork({ lab: LAB, records }, { position: 1, set: [], run: [], without: [], ...more }, createEngine);
  const { changes } = await ask({ without: [step?.text ?? ''] });
  expect(changes.map(({ kind, text }) => `${kind} ${text}`)).toEqual([`without ${step?.text.split('@')[0]}`]);
  await expect(ask({ set: ['nowhere.mtu=9000'] })).rejects.toThrow('there is no node "nowhere"');
  await expect(ask({ set: ['psw'] })).rejects.toThrow('"psw" is no setting');
  await expect(ask({ without: ['crash nowhere'] })).rejects.toThrow('there is no step "crash nowhere"');
});

test('a line of a command goes on with its grammar and the names of the lab', () => {
  const { lab } = shippedLab(LAB);
  expect(completed('', lab)).toContain('crash');
  expect(completed('cra', lab)).toEqual(['crash']);
  expect(completed('crash f', lab)).toEqual(['crash fw1', 'crash fw2']);
  expect(completed('crash fw1', lab)).toEqual([]);
  expect(completed('no such command', lab)).toEqual([]);
});
