/**
 * Rules VCH-01 to VCH-10 clause by clause, in a lab with a guest on a VF of 40G. Messages are written by hand.
 *
 *   g0 ── vf0 ── nic ── wire ── outside
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { host, hypervisor, lab, link, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/virtchnl.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const { limits } = vectors;
const ADMIN = '02:00:5e:10:00:01';
const OWN = '02:00:5e:20:00:02';
const OTHER = '02:00:5e:30:00:03';
const OUTSIDE = '00:00:5e:00:53:fe';
const GROUP = '01:00:5e:00:00:12';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ZERO = '00:00:00:00:00:00';

/** The drawing above; the NIC has as many VFs as it is told of. */
function oneVf(config: object = {}, others = 0): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model: 'x710', vfs: [config, ...Array.from({ length: others }, () => ({}))] }),
      host('g0', { on: 'esx1', mac: OWN }),
      host('outside', { mac: OUTSIDE }),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
    { watch: ['nic'] },
  );
}

/** Sends a message; what the reply to it says, '' without one. */
function ask(run: Run, message: string): string {
  const before = run.said('VfMailboxReply').length;
  run.command(`vf nic:vf0 request ${message}`);
  const replies = run.said('VfMailboxReply').slice(before);
  return replies.map(({ data }) => `${data.ack ? 'ack' : 'nack'} ${data.detail}`).join('; ');
}

function vf(run: Run): Run['state']['functions'][string] {
  return run.state.functions['nic:vf0'] as Run['state']['functions'][string];
}

function addresses(run: Run): string[] {
  return Object.keys(vf(run).addresses);
}

/** The n-th group of a row. */
function group(n: number): string {
  return `01:00:5e:01:00:${n.toString(16).padStart(2, '0')}`;
}

describe('introducing itself', () => {
  test('VCH-01a: the PF speaks 1.1, and 1.0 with a VF of 1.0', () => {
    const run = oneVf();
    expect([ask(run, 'VERSION 1.1'), ask(run, 'VERSION 1.0'), ask(run, 'VERSION 9.9')]).toEqual(['ack 1.1', 'ack 1.0', 'ack 1.1']);
  });

  test('VCH-01b, VCH-01c: the resources are four pairs, key and table; VLAN offload only without a port VLAN', () => {
    const own = `${limits.default_queue_pairs} queue pairs, key ${limits.rss_key_bytes}, table ${limits.rss_lut_entries}`;
    expect(ask(oneVf(), 'GET_VF_RESOURCES')).toBe(`ack ${own}, vlan-offload`);
    expect(ask(oneVf({ vlan: 200 }), 'GET_VF_RESOURCES')).toBe(`ack ${own}`);
  });

  test('VCH-01b: the MAC that comes with the resources is the administrative one', () => {
    expect(oneVf({ adminMac: ADMIN }).state.interfaces['g0:eth0']?.usedMac).toBe(ADMIN);
  });

  test('VCH-02a: a reset has no reply, and the driver begins anew by itself', () => {
    const run = oneVf();
    ask(run, 'ADD_VLAN 100');
    expect(ask(run, 'RESET_VF')).toBe('');
    expect(run.said('VfReset', { interface: 'vf0', reason: 'requested' })).toHaveLength(1);
    expect(vf(run)).toMatchObject({ status: 'reset', vlans: [0], addresses: {} });
    run.pass(ms(11));
    expect(vf(run).status).toBe('ready');
    expect(addresses(run)).toEqual([OWN]);
  });
});

describe('ADD_ETH_ADDR', () => {
  test.each([BROADCAST, ZERO])('VCH-03a: a list with %s fails as a whole', (bad) => {
    const run = oneVf({ trusted: true });
    expect(ask(run, `ADD_ETH_ADDR ${OTHER} ${bad}`)).toBe('nack invalid');
    expect(addresses(run)).toEqual([OWN]);
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OTHER)).pass(ms(1));
    expect(run.sentBy('nic')).toEqual([]);
  });

  test('VCH-03a: so does a list with one address too many', () => {
    const run = oneVf({ adminMac: ADMIN });
    expect(ask(run, `ADD_ETH_ADDR ${GROUP} ${OTHER}`)).toBe('nack admin-mac');
    expect(addresses(run)).toEqual([ADMIN]);
  });

  test('VCH-03c: beside an administrative MAC groups are added all the same', () => {
    const run = oneVf({ adminMac: ADMIN });
    expect(ask(run, `ADD_ETH_ADDR ${GROUP}`)).toBe('ack ');
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, GROUP)).pass(ms(1));
    expect(run.sentBy('nic')).toContain('vf0');
  });

  test('VCH-03d: a trusted VF adds unicast beside it', () => {
    const run = oneVf({ adminMac: ADMIN, trusted: true });
    expect(ask(run, `ADD_ETH_ADDR ${OTHER}`)).toBe('ack ');
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OTHER)).pass(ms(1));
    expect(run.sentBy('nic')).toEqual(['vf0']);
  });

  test('VCH-04a, VCH-04d: an untrusted VF has eighteen addresses, broadcast included; a trusted one more', () => {
    const groups = Array.from({ length: limits.untrusted_macs - 2 }, (_, i) => group(i)).join(' ');
    const run = oneVf();
    expect(ask(run, `ADD_ETH_ADDR ${groups}`)).toBe('ack ');
    expect(ask(run, `ADD_ETH_ADDR ${group(99)}`)).toBe('nack filter-limit');
    expect(addresses(run)).toHaveLength(limits.untrusted_macs - 1);
    const trusted = oneVf({ trusted: true });
    ask(trusted, `ADD_ETH_ADDR ${groups}`);
    expect(ask(trusted, `ADD_ETH_ADDR ${group(99)}`)).toBe('ack ');
    expect(addresses(trusted)).toHaveLength(limits.untrusted_macs);
  });
});

describe('ADD_VLAN', () => {
  const vlans = Array.from({ length: limits.untrusted_vlans }, (_, i) => 100 + i).join(' ');

  test('VCH-04b, VCH-04d: the seventeenth VLAN of an untrusted VF is granted in words only; a trusted one gets it', () => {
    const run = oneVf();
    expect(ask(run, `ADD_VLAN ${vlans}`)).toBe('ack ');
    expect(ask(run, 'ADD_VLAN 117')).toBe('ack ignored');
    expect(run.said('VfRequestIgnored').map(({ data }) => data.reason)).toEqual(['vlan-limit']);
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toHaveLength(limits.untrusted_vlans + 1);
    const trusted = oneVf({ trusted: true });
    ask(trusted, `ADD_VLAN ${vlans}`);
    expect(ask(trusted, 'ADD_VLAN 117')).toBe('ack ');
    expect([...trusted.control.readPoolVlans(trusted.port('nic:vf0'))]).toContain(117);
  });

  test('VCH-04c, VF-11d: a VLAN above 4,095, or any under a port VLAN, is a parameter error', () => {
    expect([ask(oneVf(), 'ADD_VLAN 4096'), ask(oneVf(), 'ADD_VLAN 4095')]).toEqual(['nack vlan-id', 'ack ']);
    const run = oneVf({ vlan: 200 });
    expect(ask(run, 'ADD_VLAN 100')).toBe('nack port-vlan');
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([200]);
  });
});

describe('CONFIG_PROMISCUOUS_MODE', () => {
  test('VCH-05c: bits beside unicast and multicast are an error', () => {
    const run = oneVf({ trusted: true });
    expect(ask(run, 'CONFIG_PROMISCUOUS_MODE 4')).toBe('nack flags');
    expect(vf(run).mode).toMatchObject({ promiscuous: false, allMulticast: false });
  });

  test.each([
    [1, true, false],
    [2, false, true],
    [3, true, true],
  ])('VCH-05b: %i is unicast %s and multicast %s', (flags, promiscuous, allMulticast) => {
    const run = oneVf({ trusted: true });
    ask(run, `CONFIG_PROMISCUOUS_MODE ${flags}`);
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, GROUP)).pass(ms(1));
    expect(run.sentBy('nic').includes('vf0')).toBe(allMulticast);
    expect(vf(run).mode.promiscuous).toBe(promiscuous);
  });
});

describe('queues', () => {
  test('VCH-06a: pairs are as many as the VF has, and their two ids are one', () => {
    const run = oneVf();
    expect(ask(run, `CONFIG_VSI_QUEUES ${limits.max_queue_pairs + 1} 0 0`)).toBe('nack queue-pairs');
    expect([ask(run, 'CONFIG_VSI_QUEUES 4 1 2'), ask(run, 'CONFIG_VSI_QUEUES 5 0 0')]).toEqual([
      'nack queue-ids',
      'nack queue-pairs',
    ]);
    expect(ask(run, 'CONFIG_VSI_QUEUES 4 0 0')).toBe('ack ');
  });

  test('VCH-06b: queues are chosen by bits below 16, and by one at least', () => {
    const run = oneVf();
    expect(ask(run, 'DISABLE_QUEUES 15 15')).toBe('ack ');
    expect([ask(run, 'ENABLE_QUEUES 0 0'), ask(run, 'ENABLE_QUEUES 65536 0')]).toEqual([
      'nack queue-selection',
      'nack queue-selection',
    ]);
    expect(vf(run).enabledQueues).toBe(0);
    expect(ask(run, 'ENABLE_QUEUES 3 3')).toBe('ack ');
    expect(vf(run).enabledQueues).toBe(3);
    expect(run.control.readPool(run.port('nic:vf0')).enabledQueues).toBe(3);
  });

  test('VCH-06c: a frame to a queue that does not run is dropped as no-descriptor', () => {
    const run = oneVf();
    ask(run, 'DISABLE_QUEUES 15 15');
    run.receives('nic:wire', plainFrame(OUTSIDE, OWN)).pass(ms(1));
    expect(run.dropsAt('nic')).toEqual(['vf0 no-descriptor']);
  });

  test('VCH-07b: what is not possible is answered with what there is, and nothing changes', () => {
    const run = oneVf();
    expect(ask(run, `REQUEST_QUEUES ${limits.max_queue_pairs + 1}`)).toBe(`ack ${limits.max_queue_pairs}`);
    expect(run.said('VfReset', { reason: 'queues' })).toEqual([]);
    expect(vf(run)).toMatchObject({ status: 'ready', queues: limits.default_queue_pairs });
  });
});

describe('receive-side scaling', () => {
  test('VCH-08a: a key has 52 bytes, no more and no fewer', () => {
    const run = oneVf();
    const before = vf(run).rssKey;
    const key = (bytes: number) => ask(run, `CONFIG_RSS_KEY ${'ab'.repeat(bytes)}`);
    expect([key(limits.rss_key_bytes - 1), key(limits.rss_key_bytes + 1)]).toEqual(['nack key-length', 'nack key-length']);
    expect(vf(run).rssKey).toBe(before);
    expect(key(limits.rss_key_bytes)).toBe('ack ');
    expect(vf(run).rssKey).toBe('ab'.repeat(limits.rss_key_bytes));
  });

  test('VCH-08b: a table has 64 entries, each the number of a queue that is there', () => {
    const run = oneVf();
    const table = (entries: number, queue: string) => ask(run, `CONFIG_RSS_LUT ${queue.repeat(entries)}`);
    expect([table(limits.rss_lut_entries - 1, '01'), table(limits.rss_lut_entries + 1, '01')]).toEqual([
      'nack table-length',
      'nack table-length',
    ]);
    expect([table(limits.rss_lut_entries, '04'), table(limits.rss_lut_entries, '03')]).toEqual(['nack queue', 'ack ']);
    expect(vf(run).rssTable).toBe('03'.repeat(limits.rss_lut_entries));
  });
});
