/**
 * Rule DPK-08: the table of addresses of a DPDK port, in a lab.
 *
 *   fw1:eth1 ── vf0 | pf  nic  wire ── peer        fw1:eth2 ── vsw ── g
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { ms } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';
import vectors from '../vectors/dpdk-ring.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const OWN = '02:00:5e:10:00:01';
const PEER = '02:00:5e:10:00:09';
const ONE = '02:00:5e:00:00:01';
const TWO = '02:00:5e:00:00:02';

interface Parts {
  readonly model?: string;
  readonly to?: 'vf0' | 'pf';
  readonly macs?: string;
  readonly firewall?: string;
  readonly vf?: string;
}

function file({ model = 'x540', to = 'vf0', macs = '[]', firewall = '', vf = '' }: Parts = {}): string {
  return `name: table
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, default-pool: off, vfs: ${to === 'pf' ? 0 : `1${vf}`} }
    fw1: { kind: firewall, on: h${firewall}, interfaces: { eth1: { mac: ${OWN}, ipv4: 10.0.1.1/24, macs: ${macs} } } }
    peer: { kind: host, interfaces: { eth0: { mac: ${PEER}, ipv4: 10.0.1.9/24 } } }
  links: [ { endpoints: ["fw1:eth1", "nic:${to}"] }, { endpoints: ["peer:eth0", "nic:wire"] } ]
`;
}

/** What became of a frame from the peer: why the firewall dropped it. "no-listener" is one that it looked at. */
function fate(run: Run, to: string): string[] {
  const before = run.said('FrameDropped').length + run.said('FramesDropped').length;
  const counts = () => ['no-listener', 'not-mine'].map((reason) => run.dropped('fw1:eth1', reason as 'no-listener'));
  const [heard = 0, foreign = 0] = counts();
  run.receives('nic:wire', plainFrame(PEER, to)).pass(ms(1));
  const [heardNow = 0, foreignNow = 0] = counts();
  expect(run.said('FrameDropped').length + run.said('FramesDropped').length).toBeGreaterThanOrEqual(before);
  return [...(heardNow > heard ? ['taken'] : []), ...(foreignNow > foreign ? ['not-mine'] : [])];
}

function ask(run: Run, op: 'add' | 'remove', mac: string): [number, string] | undefined {
  const before = run.said('DpdkMacTableChanged').length;
  const said = run.command(`dpdk-mac fw1:eth1 ${op} ${mac}`).pass(ms(1)).said('DpdkMacTableChanged');
  const last = said.length > before ? said.at(-1) : undefined;
  return last === undefined ? undefined : [last.data.slot, last.data.result];
}

function filters(run: Run): string[] {
  return Object.keys(run.state.functions['nic:vf0']?.addresses ?? {}).sort();
}

describe('a DPDK port with a table', () => {
  test('DPK-08a: a port takes frames for the addresses of the file and for those that are added, until they are removed', () => {
    const run = givenFile(file({ macs: `["${ONE}"]` })).pass(ms(5));
    expect([OWN, ONE, TWO].map((mac) => fate(run, mac))).toEqual([['taken'], ['taken'], []]);
    expect(ask(run, 'add', TWO)).toEqual([2, '0']);
    expect(fate(run, TWO)).toEqual(['taken']);
    expect(run.state.macTables['fw1:eth1']).toEqual({ 1: ONE, 2: TWO });
    expect(ask(run, 'remove', ONE)).toEqual([1, '0']);
    expect([ONE, TWO].map((mac) => fate(run, mac))).toEqual([[], ['taken']]);
    // Whatever brings one there, the port itself takes it no longer.
    run.receives('fw1:eth1', plainFrame(PEER, ONE)).pass(ms(1));
    expect(run.dropped('fw1:eth1', 'not-mine')).toBe(1);
    // The free slot is the next that is taken.
    expect(ask(run, 'add', '02:00:5e:00:00:03')).toEqual([1, '0']);
    run.command('crash fw1').command('power-on fw1').pass(ms(5));
    expect(run.state.macTables['fw1:eth1']).toEqual({ 1: ONE });
    expect([ONE, TWO].map((mac) => fate(run, mac))).toEqual([['taken'], []]);
  });

  test('DPK-08a: the answers are those of ethdev, row by row', () => {
    const run = givenFile(file({ model: 'x550', to: 'pf' })).pass(ms(5));
    for (const row of vectors.mac_table as readonly { id: string; op: string; mac?: string; index?: number; result: unknown }[]) {
      if (row.op === 'default_set' || row.id === 'table-full') continue;
      const mac = row.index === 0 ? OWN : (row.mac ?? '');
      expect(ask(run, row.op as 'add', mac)?.[1], row.id).toBe(String(row.result));
    }
  });

  test('DPK-08a: a port has 128 addresses, one of 40G 64: the next one finds no slot', () => {
    const fill = (model: string) => {
      const run = givenFile(file({ model, to: 'pf' })).pass(ms(5));
      const slots = Array.from({ length: 130 }, (_, i) => ask(run, 'add', `02:00:5e:00:01:${i.toString(16).padStart(2, '0')}`));
      return slots.filter((answer) => answer?.[1] === '0').length + 1;
    };
    // A NIC of 40G has 24 filters for each function: here of the PF alone.
    expect(fill('x550')).toBe(128);
    const few = givenFile(file({ model: 'x710', to: 'pf' })).pass(ms(5));
    for (let i = 0; i < 23; i++) expect(ask(few, 'add', `02:00:5e:00:01:${(16 + i).toString(16)}`)?.[1]).toBe('0');
    expect(ask(few, 'add', TWO)).toEqual([0, '-ENOSPC']);
    const many = Array.from({ length: 64 }, (_, i) => `"02:00:5e:00:01:${i.toString(16).padStart(2, '0')}"`).join(', ');
    expect(validated(file({ model: 'x710', macs: `[${many}]` }))).toEqual([expect.stringMatching(/64 addresses.*\[DPK-08\]$/)]);
  });

  test('DPK-08a: on a VF the PF is asked, and what it refuses is not in the table; a reset asks for all of it again', () => {
    for (const model of ['x540', 'x710']) {
      const run = givenFile(file({ model })).pass(ms(5));
      expect([ask(run, 'add', ONE), ask(run, 'add', TWO)]).toEqual([
        [1, '0'],
        [2, '0'],
      ]);
      expect(filters(run)).toEqual([ONE, TWO, OWN]);
      ask(run, 'remove', ONE);
      expect(filters(run)).toEqual([TWO, OWN]);
      run.command('vf nic:vf0 reload').pass(ms(5));
      expect(filters(run)).toEqual([TWO, OWN]);
      expect(fate(run, TWO)).toEqual(['taken']);
      const bound = givenFile(file({ model, vf: `, ports: { vf0: { mac: ${OWN} } }` })).pass(ms(5));
      expect(ask(bound, 'add', ONE)).toEqual([0, '-EIO']);
      expect(bound.state.macTables['fw1:eth1']).toEqual({});
    }
  });

  test('DPK-08a: no table in MMAP mode, and none that the file does not give', () => {
    const mmap = givenFile(file({ firewall: ', packet-io: mmap', macs: `["${ONE}"]` })).pass(ms(5));
    expect(mmap.state.macTables['fw1:eth1']).toEqual({});
    expect(fate(mmap, ONE)).toEqual([]);
    mmap.command(`dpdk-mac fw1:eth1 add ${TWO}`);
    expect(mmap.said('CommandRefused')[0]?.data.reasons).toEqual(['fw1 runs MMAP: only DPDK ports have a table of addresses']);
    const none = givenFile(file().replace(', macs: []', '')).command(`dpdk-mac fw1:eth1 add ${TWO}`);
    expect(none.said('CommandRefused')[0]?.data.reasons).toEqual([
      'fw1:eth1 has no table of addresses: the file gives it one with macs',
    ]);
    expect(validated(file().replace('ipv4: 10.0.1.9/24', 'ipv4: 10.0.1.9/24, macs: []'))).toEqual([
      expect.stringMatching(/a host has no property "macs"; it is a property of firewalls/),
    ]);
  });
});
