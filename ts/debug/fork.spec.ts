import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { playsLab } from '../../test/support/played.ts';
import { scriptInputs } from '../engine/script.ts';
import { openMemoryLog } from '../log/memory.ts';
import { toHex } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { verifyLab } from '../services/ask/verify-lab.ts';
import { withChanges, withSettings } from '../services/debug/changed-file.ts';
import { diffLabs } from '../services/debug/diff-labs.ts';
import { type ForkOrder, type ForkReport, forkLab } from '../services/debug/fork-lab.ts';
import { publishDifference, publishFork } from '../services/debug/publish-difference.ts';
import { recordCourse } from '../services/debug/record-course.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { courseOfInputs } from './course.ts';

const LAB = 'garp-blocked-by-arp-inspection';
/** The shipped lab with a tenth of its frames. */
const TEXT = readFileSync(new URL(`../../labs/${LAB}.lab.yml`, import.meta.url), 'utf8').replace(
  'start: 1s,',
  'start: 1s, rate: 100,',
);
const log = openMemoryLog();
const chains = new Map<string, string>();
let events: LabEvent[] = [];

function fileOf(text: string): LabFile {
  const read = readLabFile(text, 'test.lab.yml');
  if (!read.ok) throw new Error(read.findings.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return read.file;
}

/** Records a lab file under a name. */
async function recorded(name: string, text: string): Promise<string> {
  playsLab();
  const { lab, script } = fileOf(text);
  const chain = toHex((await recordCourse(log, name, courseOfInputs(scriptInputs(lab, script)))).chain);
  chains.set(name, chain);
  return chain;
}

async function eventsOf(lab: string): Promise<LabEvent[]> {
  const found: LabEvent[] = [];
  for await (const batch of log.read(lab)) found.push(...batch.map(({ body }) => decodeBody(body)));
  return found;
}

const fork = (name: string, order: Partial<ForkOrder> = {}): Promise<ForkReport> =>
  forkLab(log, { lab: LAB, at: null, name, replace: false, ...order });

beforeAll(async () => {
  await recorded(LAB, TEXT);
  events = await eventsOf(LAB);
});

const upOf = ({ difference }: ForkReport) => difference.flows.find(({ name }) => name === 'up');

describe('a fork', () => {
  test('without a change has the chain of its original, and no difference from it', async () => {
    const report = await fork('same');
    expect(report.chain).toBe(chains.get(LAB));
    expect(report.difference.same).toBe(true);
    expect(report.changes).toEqual([]);
  });

  test('without its last step equals a run of the file without that step', async () => {
    const report = await fork('unbound', { without: ['bind psw-in 10.0.1.1 52:54:00:bb:00:01'] });
    expect(report.chain).toBe(await recorded('unbound-file', TEXT.replace(/^ {2}- \{ at: 45s.*\n/m, '')));
    expect(report.atNs).toBe(45e9);
    expect(upOf(report)?.gained).toBe(0);
    expect(upOf(report)?.lost).toBeGreaterThan(1_000);
  });

  test('with a command equals a run of the file with that step', async () => {
    const report = await fork('cleared', { at: { atNs: 33e9 }, run: ['arp clear client'] });
    const text = TEXT.replace('steps:\n', 'steps:\n  - { at: 33s, run: arp clear client }\n');
    expect(report.chain).toBe(await recorded('cleared-file', text));
    expect(fileOf(withChanges(TEXT, 'cleared', report.changes)).script.steps).toContainEqual({
      atNs: 33e9,
      command: 'arp clear client',
    });
  });

  test('one event before the failover, with inspection off, loses no more than the allowed case', async () => {
    const failover = events.find(
      ({ type, data }) => type === 'HaStateChanged' && 'to' in data && data.node === 'fw2' && data.to === 'active',
    );
    const position = (failover?.position ?? 0) - 1;
    const set = [{ of: 'psw-in', property: 'arp-inspection', value: 'off' }];
    const report = await fork('fixed', { at: { position }, set, checks: fileOf(TEXT).script.checks });
    const allowed = TEXT.replace('fw1, and nothing for fw2', 'fw1').replace(
      'steps:\n',
      'steps:\n  - { at: 0s, run: inspect-arp psw-in off }\n',
    );
    await recorded('allowed', allowed);
    const best = (await diffLabs(log, { lab: 'allowed', until: null }, { lab: 'fixed', until: null })).flows.find(
      ({ name }) => name === 'up',
    );
    expect(best?.lost ?? 0).toBe(0);
    expect(upOf(report)?.b?.lost).toBeLessThan(1_000);
    expect(upOf(report)?.gained).toBeGreaterThan(1_000);
    expect(report.difference.events.first?.a?.atNs).toBeGreaterThanOrEqual(failover?.atNs ?? 0);
    expect(report.checks.find(({ before }) => before.name === 'garps-blocked')).toMatchObject({
      before: { pass: true },
      after: { pass: false },
    });
    const shared = await eventsOf('fixed');
    expect(report.atNs).toBe((events[position - 1]?.atNs ?? 0) + 1);
    expect(report.atNs).toBeLessThan(failover?.atNs ?? 0);
    const behaviour = (all: readonly LabEvent[]) =>
      all
        .filter((one) => one.type !== 'TimeAdvanced' && one.atNs <= report.atNs - 1)
        .map(({ type, atNs, data }) => ({ type, atNs, data }));
    expect(behaviour(shared)).toEqual(behaviour(events));
  });

  test('is a lab of its own: its log verifies', async () => {
    const report = await fork('verified', { at: { atNs: 33e9 }, run: ['arp clear client'], replace: true });
    expect(await verifyLab(log, 'verified')).toMatchObject({ verified: true, chain: report.chain, positions: report.position });
    expect(toHex((await log.head('verified'))?.chain ?? new Uint8Array())).toBe(report.chain);
  });

  test('with a setting that no command changes is played from the beginning, and says so', async () => {
    const set = [{ of: 'client', property: 'arp-profile', value: 'static' }];
    await expect(fork('static', { set })).rejects.toThrow('no command changes client.arp-profile=static');
    const changed = withSettings(TEXT, set);
    const report = await fork('static', { set, changed: fileOf(changed).lab });
    expect(report.fromStart).toBe(true);
    expect(report.chain).toBe(await recorded('static-file', changed));
    expect(fileOf(withChanges(TEXT, 'static', report.changes)).lab).toEqual(fileOf(changed).lab);
    expect(report.difference.definition).toEqual([{ path: 'nodes[client].arpProfile', a: 'vm-host', b: 'static' }]);
  });

  test('refuses what cannot be, and says what there is', async () => {
    await expect(fork('x', { without: ['crash fw3'] })).rejects.toThrow(
      'there is no step "crash fw3"; the lab was given "crash fw1", "bind',
    );
    await expect(fork('x', { without: ['crash fw1@21s'] })).rejects.toThrow('it was given at 20.500000000 s');
    await expect(fork('x', { at: { atNs: 30e9 }, without: ['crash fw1'] })).rejects.toThrow('before the fork: that past is shared');
    await expect(fork('x', { set: [{ of: 'psw', property: 'mtu', value: '9' }] })).rejects.toThrow('there is no node "psw"');
    await expect(fork(LAB)).rejects.toThrow(`lab ${LAB} exists already`);
  });
});

test('a change is written into a lab file that has no steps yet', () => {
  const bare = TEXT.replace(/^steps:[\s\S]*/m, '');
  const text = withChanges(bare, 'changed', [{ kind: 'run', text: 'crash fw1', atNs: 20_500_000_001 }]);
  expect(fileOf(text).script.steps).toEqual([{ atNs: 20_500_000_001, command: 'crash fw1' }]);
});

describe('a difference', () => {
  test('of one lab at two moments is what happened between them', async () => {
    const [a, b] = [
      { lab: LAB, until: { atNs: 20e9 } },
      { lab: LAB, until: { atNs: 25e9 } },
    ];
    const { events: between, recorded: state, same } = await diffLabs(log, a, b);
    expect(same).toBe(false);
    expect(between.onlyA).toEqual([]);
    expect(between.onlyB.map(({ atNs }) => atNs).every((ns) => ns > 20e9 && ns <= 25e9)).toBe(true);
    expect(state).toContainEqual({ path: 'nodes[fw1].power', a: 'running', b: 'crashed' });
    expect((await diffLabs(log, a, a)).same).toBe(true);
  });

  test('is none between labs of other names and other derived MACs', async () => {
    await recorded('renamed', `mac-seed: 7\n${TEXT}`.replaceAll('client', 'laptop').replaceAll('psw-out', 'zsw-out'));
    const difference = await diffLabs(log, { lab: LAB, until: null }, { lab: 'renamed', until: null });
    expect(difference.renamed).toContainEqual({ a: 'client', b: 'laptop' });
    expect(difference.definition).toEqual([]);
    expect([difference.events.onlyA, difference.events.onlyB]).toEqual([[], []]);
    expect(difference.events.moved.filter(({ a }) => a.type !== 'NeighbourUpdated')).toEqual([]);
    expect(difference.flows.map(({ lost, gained }) => [lost, gained])).toEqual([]);
  });

  test('is published with its first divergence', async () => {
    const report = publishFork(await fork('published', { without: ['crash fw1'] }));
    expect(report.difference.firstDivergence?.a?.type).toBe('CommandReceived');
    expect(publishDifference(await diffLabs(log, { lab: LAB, until: null }, { lab: LAB, until: null })).firstDivergence).toBeNull();
  });
});
