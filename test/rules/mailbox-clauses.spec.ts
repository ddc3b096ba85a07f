/**
 * Rules MBX-01 to MBX-10 and what they do to VF-04, VF-08, VF-10, VF-11, VF-14 and VF-16, clause by clause, in a lab with a guest on a VF of 10G.
 *
 *   g0 ── vf0 ── nic ── wire ── outside
 *
 * Requests are written by hand, in words of the mailbox.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { firewall, flow, host, hypervisor, lab, link, ms, nic, seconds, vswitch } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/vf-mailbox.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const ADMIN = '02:00:5e:10:00:01';
const OWN = '02:00:5e:20:00:02';
const OUTSIDE = '00:00:5e:00:53:fe';
/** 02:00:5e:30:00:03 as the words of a request carry it. */
const OTHER = '02:00:5e:30:00:03';
const OTHER_WORDS = '305e0002 00000300';
/** The group 01:00:5e:00:00:12, its words, and its vector in the shared table. */
const GROUP = '01:00:5e:00:00:12';
const GROUP_WORDS = '005e0001 00001200';
const GROUP_VECTOR = 0x120;
const NO_MAC_WORDS = '0 0';

type NicOptions = Parameters<typeof nic>[1];

/** The drawing above: an X540, unless told otherwise. */
function oneVf(options: NicOptions): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model: 'x540', ...options }),
      host('g0', { on: 'esx1', mac: OWN }),
      host('outside', { mac: OUTSIDE }),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
    { watch: ['nic'] },
  );
}

/** Sends a request; what the one reply to it says. */
function ask(run: Run, words: string): string {
  const before = run.said('VfMailboxReply').length;
  run.command(`vf nic:vf0 request ${words}`);
  const replies = run.said('VfMailboxReply').slice(before);
  return replies.map(({ data }) => `${data.ack ? 'ack' : 'nack'} ${data.detail}`).join('; ');
}

function vf(run: Run): Run['state']['functions'][string] {
  return run.state.functions['nic:vf0'] as Run['state']['functions'][string];
}

/** A request that sets hashes of groups, two to a word. */
function groups(hashes: readonly number[]): string {
  const words = Array.from({ length: Math.ceil(hashes.length / 2) }, (_, i) => {
    return ((hashes[2 * i] ?? 0) + (hashes[2 * i + 1] ?? 0) * 0x1_0000).toString(16);
  });
  return [(hashes.length * 0x1_0000 + 3).toString(16), ...words].join(' ');
}

/** Whether a group's frame from the wire comes out at the VF. */
function hears(run: Run, group: string): boolean {
  run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, group)).pass(ms(1));
  return run.sentBy('nic').includes('vf0');
}

/** A group with a vector, by its last two bytes. */
function groupOf(vector: number): string {
  const digits = ((vector & 0xf) * 0x1000 + (vector >> 4)).toString(16).padStart(4, '0');
  return `01:00:5e:00:${digits.slice(0, 2)}:${digits.slice(2)}`;
}

describe('the words', () => {
  test('MBX-01c: every request gets exactly one reply, whatever it asks', () => {
    const run = oneVf({ vfs: [{}] });
    const asked = ['1', '8 5', '9', '00010004 64', '5 233a', `00010006 ${OTHER_WORDS}`, 'c 1', '10', '7f', `2 ${OTHER_WORDS}`];
    const before = run.said('VfMailboxReply').length;
    for (const words of asked) run.command(`vf nic:vf0 request ${words}`);
    expect(run.said('VfMailboxReply').length - before).toBe(asked.length);
  });

  test('MBX-02a: a reset drops VLANs and further addresses, keeps the MAC, returns to 1.0, and what comes next is heard', () => {
    const run = oneVf({ vfs: [{}] });
    ask(run, '00010004 64');
    ask(run, `00010006 ${OTHER_WORDS}`);
    expect(vf(run)).toMatchObject({ vlans: [0, 100], api: '1.4' });
    ask(run, '1');
    expect(vf(run)).toMatchObject({ vlans: [0], api: '1.0', isClearToSend: true });
    expect(Object.keys(vf(run).addresses)).toEqual([OWN]);
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([0]);
    expect(ask(run, '00010004 64')).toBe('ack 100');
  });
});

describe('SET_MAC_ADDR', () => {
  test('MBX-03a: zero and a group are no addresses of a VF', () => {
    const run = oneVf({ vfs: [{ trusted: true }] });
    expect([ask(run, `2 ${NO_MAC_WORDS}`), ask(run, `2 ${GROUP_WORDS}`)]).toEqual(['nack invalid', 'nack invalid']);
    expect(run.said('MacAddressRefused').map(({ data }) => data.reason)).toEqual(['invalid', 'invalid']);
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(OWN);
  });

  test('MBX-03c: the address it has is granted again, and nothing changes', () => {
    const run = oneVf({ vfs: [{ adminMac: OTHER }] });
    const before = run.said('MacAddressChanged').length;
    expect(ask(run, `2 ${OTHER_WORDS}`)).toBe(`ack ${OTHER}`);
    expect(run.said('MacAddressChanged')).toHaveLength(before);
    expect(Object.keys(vf(run).addresses)).toEqual([OTHER]);
  });
});

describe('SET_MULTICAST', () => {
  test('MBX-04b: from then on frames that hit the table reach the VF', () => {
    const run = oneVf({ vfs: [{}] });
    expect(hears(run, GROUP)).toBe(false);
    expect(ask(run, groups([GROUP_VECTOR]))).toBe('ack 1 groups');
    expect(hears(run, GROUP)).toBe(true);
  });

  test('MBX-04a: thirty hashes are taken, and the thirty-first is ignored', () => {
    const run = oneVf({ vfs: [{}] });
    const most = vectors.multicast_hash_filter_type_0.max_entries_per_vf;
    const hashes = Array.from({ length: most }, (_, i) => 0x300 + i);
    // A request has room for thirty; one that claims another would have its hash read from behind the last word, as zero.
    const claimed = groups(hashes).replace(/^\w+/, ((most + 1) * 0x1_0000 + 3).toString(16));
    expect(ask(run, claimed)).toBe(`ack ${most} groups`);
    expect([hears(run, groupOf(0x300 + most - 1)), hears(run, groupOf(0))]).toEqual([true, false]);
  });

  test('VF-10d, MBX-04b: another list adds its bits and takes none away', () => {
    const run = oneVf({ vfs: [{}] });
    ask(run, groups([GROUP_VECTOR]));
    ask(run, groups([0x456]));
    expect([hears(run, GROUP), hears(run, groupOf(0x456))]).toEqual([true, true]);
  });
});

describe('SET_VLAN', () => {
  test('MBX-05b, VF-11d: under a port VLAN a VF has no say about VLANs', () => {
    const run = oneVf({ vfs: [{ vlan: 200 }] });
    expect(ask(run, '00010004 64')).toBe('nack port-vlan');
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([200]);
  });

  test('MBX-05b: nor with several traffic classes', () => {
    expect(ask(oneVf({ vfs: [{}], trafficClasses: 2 }), '00010004 64')).toBe('nack traffic-classes');
  });

  test('MBX-05c, VF-04b: VLAN 0 is removed in words only: untagged frames still arrive', () => {
    const run = oneVf({ vfs: [{}] });
    expect(ask(run, '00000004 0')).toBe('ack 0');
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OWN)).pass(ms(1));
    expect(run.sentBy('nic')).toEqual(['vf0']);
  });

  test('VF-04b: a VF is a member of VLAN 0 from its reset on', () => {
    const run = oneVf({ vfs: [{}] });
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([0]);
  });
});

describe('SET_LPE', () => {
  test('MBX-06a: from 68 to 9,728 bytes, and nothing else', () => {
    const run = oneVf({ vfs: [{}] });
    const asked = [67, 68, 9728, 9729].map((bytes) => ask(run, `5 ${bytes.toString(16)}`));
    expect(asked).toEqual(['nack out-of-range', 'ack 68', 'ack 9728', 'nack out-of-range']);
  });

  test('MBX-06b: on an 82599 a jumbo frame is refused while the PF is not jumbo, and the VF receives nothing more', () => {
    const run = oneVf({ model: '82599', vfs: [{}] });
    expect(ask(run, '5 233a')).toBe('nack jumbo');
    expect(run.said('VfRxDisabled', { reason: 'jumbo' })).toHaveLength(1);
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OWN)).pass(ms(1));
    expect(run.sentBy('nic')).toEqual([]);
    expect(run.dropsAt('nic')).toEqual(['vf0 pool-rx-disabled']);
  });

  test('MBX-06b: with a jumbo PF it is granted from version 1.1 on', () => {
    const run = oneVf({ model: '82599', vfs: [{}], pfMtu: 9000 });
    expect(ask(run, '5 233a')).toBe('ack 9018');
    ask(run, '1');
    expect(ask(run, '5 233a')).toBe('nack jumbo');
    ask(run, '8 2');
    expect(ask(run, '5 233a')).toBe('ack 9018');
  });

  test('MBX-06b: an X540 asks for nothing of the kind', () => {
    expect(ask(oneVf({ vfs: [{}] }), '5 233a')).toBe('ack 9018');
  });
});

describe('SET_MACVLAN', () => {
  test('MBX-07a, MBX-07b: index 1 begins a list, 2 adds to it, 0 clears it', () => {
    const run = oneVf({ vfs: [{}] });
    const reached = () => {
      run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, OTHER)).pass(ms(1));
      return run.sentBy('nic').includes('vf0');
    };
    expect(reached()).toBe(false);
    ask(run, `00010006 ${OTHER_WORDS}`);
    ask(run, '00020006 305e0002 00000400');
    expect(Object.keys(vf(run).addresses)).toEqual([OWN, OTHER, '02:00:5e:30:00:04']);
    expect(reached()).toBe(true);
    ask(run, `00000006 ${NO_MAC_WORDS}`);
    expect(Object.keys(vf(run).addresses)).toEqual([OWN]);
    expect(reached()).toBe(false);
  });

  test('MBX-07a: index 1 again begins a new list', () => {
    const run = oneVf({ vfs: [{}] });
    ask(run, `00010006 ${OTHER_WORDS}`);
    ask(run, '00010006 305e0002 00000400');
    expect(Object.keys(vf(run).addresses)).toEqual([OWN, '02:00:5e:30:00:04']);
  });

  test('MBX-07c: under an administrative MAC only a trusted VF has further addresses', () => {
    const untrusted = oneVf({ vfs: [{ adminMac: ADMIN }] });
    expect(ask(untrusted, `00010006 ${OTHER_WORDS}`)).toBe('nack admin-mac');
    expect(Object.keys(vf(untrusted).addresses)).toEqual([ADMIN]);
    const trusted = oneVf({ vfs: [{ adminMac: ADMIN, trusted: true }] });
    expect(ask(trusted, `00010006 ${OTHER_WORDS}`)).toBe(`ack ${OTHER}`);
    expect(Object.keys(vf(trusted).addresses)).toEqual([ADMIN, OTHER]);
  });
});

describe('versions', () => {
  test('MBX-08a: 1.0 to 1.4 are offered, 2.0 is not', () => {
    const run = oneVf({ vfs: [{}] });
    const answers = Object.entries(vectors.api_codes).map(([version, code]) => [version, ask(run, `8 ${code}`)]);
    expect(Object.fromEntries(answers)).toMatchObject({
      '1.0': 'ack 1.0',
      '1.1': 'ack 1.1',
      '1.4': 'ack 1.4',
      '2.0': 'nack api-version',
    });
    expect(answers.filter(([, answer]) => answer?.startsWith('nack'))).toHaveLength(1);
  });

  test('MBX-08b: queues are asked for from 1.1 on', () => {
    const run = oneVf({ vfs: [{}] });
    ask(run, '1');
    expect(ask(run, '9')).toBe('nack api-version');
    expect(vf(run).queues).toBe(1);
    ask(run, '8 2');
    expect(ask(run, '9')).toBe('ack 4');
    expect(vf(run)).toMatchObject({ queues: 4, enabledQueues: 15 });
  });

  test('MBX-08c: key and table are told from 1.2 on, and only while query_rss is on', () => {
    const run = oneVf({ model: '82599', vfs: [{}] });
    expect([ask(run, 'a'), ask(run, 'b')]).toEqual(['nack not-permitted', 'nack not-permitted']);
    run.command('ip link set nic:pf vf 0 query_rss on');
    expect(ask(run, 'a')).toBe('ack 128 entries');
    expect(ask(run, 'b')).toMatch(/^ack 6d5a56da/);
    ask(run, '8 2');
    expect([ask(run, 'a'), ask(run, 'b')]).toEqual(['nack not-permitted', 'nack not-permitted']);
  });

  test('MBX-10a: the link state is told from 1.2 on', () => {
    const run = oneVf({ vfs: [{}] });
    expect(ask(run, '10')).toBe('ack up');
    ask(run, '8 2');
    expect(ask(run, '10')).toBe('nack api-version');
    ask(run, '8 3');
    expect(ask(run, '10')).toBe('ack up');
  });
});

describe('UPDATE_XCAST_MODE', () => {
  test('MBX-09a: needs 1.2, and promiscuous 1.3', () => {
    const run = oneVf({ vfs: [{ trusted: true }], pfPromiscuous: true });
    ask(run, '8 2');
    expect(ask(run, 'c 1')).toBe('nack api-version');
    ask(run, '8 3');
    expect([ask(run, 'c 2'), ask(run, 'c 3')]).toEqual(['ack allMulti', 'nack api-version']);
    ask(run, '8 4');
    expect(ask(run, 'c 3')).toBe('ack promiscuous');
  });

  test('MBX-09b: what is above MULTI is lowered for the untrusted, and the reply says so', () => {
    const run = oneVf({ vfs: [{}], pfPromiscuous: true });
    expect([ask(run, 'c 3'), ask(run, 'c 2')]).toEqual(['ack multi', 'ack multi']);
    expect(run.said('VfRequestIgnored').map(({ data }) => data.reason)).toEqual(['not-trusted', 'not-trusted']);
    expect(vf(run).mode).toMatchObject({ promiscuous: false, allMulticast: false });
  });

  test('MBX-09c, VF-16e: an 82599 makes no VF promiscuous, whatever is set', () => {
    const run = oneVf({ model: '82599', vfs: [{ trusted: true }], pfPromiscuous: true });
    expect(ask(run, 'c 3')).toBe('nack not-supported');
    expect(vf(run).mode.promiscuous).toBe(false);
  });

  test('MBX-09d: while the PF is not promiscuous no VF of it is', () => {
    const run = oneVf({ vfs: [{ trusted: true }] });
    expect(ask(run, 'c 3')).toBe('nack pf-not-promiscuous');
    run.command('ip link set nic:pf promisc on');
    expect(ask(run, 'c 3')).toBe('ack promiscuous');
  });
});

describe('what the administrator sets', () => {
  test.each(['x540', 'x710'] as const)('VF-08g: min_tx_rate is refused (%s)', (model) => {
    const run = oneVf({ model, vfs: [{}] }).command('ip link set nic:pf vf 0 min_tx_rate 100');
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['min_tx_rate is not supported']);
    expect(vf(run).config.minTxRate).toBe(0);
  });

  /** A VF that is offered 8 Gbit/s to send, when it knows its neighbour. */
  function sent(maxTxRate: number, change = ''): Run {
    const between = { from: 'g0:eth0', to: '10.0.0.2', frameBytes: 1514 } as const;
    const first = flow('first', { ...between, intervalPs: 1e12, stopNs: 1 });
    const rates = flow('f', { ...between, intervalPs: 1_538_000, startNs: 1e7, stopNs: 1e7 + 6e5 });
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { model: 'x540', vfs: [{ adminMac: OWN, maxTxRate }] }),
        host('g0', { on: 'esx1', mac: OWN, ip: '10.0.0.1/24' }),
        host('outside', { mac: OUTSIDE, ip: '10.0.0.2/24' }),
        link('g0:eth0', 'nic:vf0', { queueBytes: 10_000_000 }),
        link('outside:eth0', 'nic:wire'),
        first,
        rates,
      ),
    );
    if (change !== '') run.command(change);
    return run.until(seconds(0.2));
  }

  test('VF-14b: 0 removes the limit', () => {
    const limited = sent(1000).flow('f');
    const free = sent(1000, 'ip link set nic:pf vf 0 max_tx_rate 0').flow('f');
    expect([limited.received, free.received]).toEqual([limited.sent, free.sent]);
    expect(Number(limited.latencyMaxNs)).toBeGreaterThan(3e6);
    expect(Number(free.latencyMaxNs)).toBeLessThan(1e6);
  });

  test('VF-16a: with the option on and an administrative MAC a firewall works on an untrusted VF', () => {
    const run = given(
      lab(
        hypervisor('esx1'),
        nic('nic', { model: 'x540', vfs: [{ adminMac: ADMIN }] }),
        firewall('fw', { interfaces: { eth1: { mac: ADMIN, ip: '10.0.0.1/24' } } }),
        host('outside', { mac: OUTSIDE, ip: '10.0.0.2/24' }),
        link('fw:eth1', 'nic:vf0'),
        link('outside:eth0', 'nic:wire'),
        flow('f', { from: 'outside:eth0', to: '10.0.0.1', intervalPs: 1e9, stopNs: ms(10) }),
      ),
    ).until(seconds(1));
    expect(run.neighbour('outside', '10.0.0.1')).toBe(ADMIN);
    expect(run.flow('f').received).toBe(10n);
    expect(run.dropsAt('nic')).toEqual([]);
  });

  test('VF-16f: on ESXi the trust of the VF decides over a MAC that changes, whatever the vSwitch on the same NIC rejects', () => {
    const changes = (trusted: boolean) => {
      const run = given(
        lab(
          hypervisor('esx1', 'esxi'),
          nic('nic', { model: 'x540', vfs: [{ adminMac: ADMIN, trusted }] }),
          vswitch('vsw', { ports: { p1: {} }, uplinks: ['up1'] }),
          host('g0', { on: 'esx1', mac: ADMIN }),
          host('outside', { mac: OUTSIDE }),
          link('g0:eth0', 'nic:vf0'),
          link('vsw:up1', 'nic:pf'),
          link('outside:eth0', 'nic:wire'),
        ),
        { watch: ['nic', 'vsw'] },
      ).command(`guest-mac g0:eth0 ${OWN}`);
      run.forgetSeen().receives('nic:vf0', plainFrame(OWN, OUTSIDE)).pass(ms(1));
      return [run.sentBy('nic'), run.sentBy('vsw')];
    };
    expect(changes(true)).toEqual([['wire'], []]);
    expect(changes(false)).toEqual([[], []]);
  });
});
