/** Rules MBX-01 to MBX-10, VF-01, VF-10, VF-14: what a 10G PF answers its VFs, word by word, and what follows. */
import { afterEach, describe, expect, test } from 'vitest';
import { answerMailbox, controlWord, MAILBOX_OP, type MailboxAnswer } from '../../ts/engine/agents/sr-iov/mailbox.ts';
import type { VfView } from '../../ts/engine/agents/sr-iov/vf-request.ts';
import {
  effectiveRateBps,
  multicastVector,
  NEW_VF,
  type NicModel,
  rateRefusal,
  rateRegister,
  vfsMax,
} from '../../ts/model/hardware/nic.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { AFTER_RESET, type FunctionState } from '../../ts/model/state/vf-state.ts';
import type { Mac } from '../../ts/values/mac.ts';
import { plainFrame } from '../support/frames.ts';
import { firewall, host, hypervisor, lab, link, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/vf-mailbox.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

/** What a scenario says of the VF and its PF. */
interface State {
  readonly pf_set_mac?: boolean;
  readonly vf_mac?: string;
  readonly clear_to_send?: boolean;
  readonly trusted?: boolean;
  readonly pf_vlan?: number;
  readonly nic?: string;
  readonly pf_mtu?: number;
  readonly vf_api?: string;
  readonly num_vfs?: number;
  readonly query_rss?: boolean;
  readonly pf_promisc?: boolean;
  readonly link_enable?: boolean;
  readonly spoofchk?: boolean;
}

const VF: FunctionState = {
  kind: 'vf',
  status: 'ready',
  config: NEW_VF,
  addresses: {},
  vlans: [0],
  mode: AFTER_RESET,
  isClearToSend: true,
  api: '1.0',
  isSpoofCheckSuspended: false,
  isRxOff: false,
  queues: 1,
  enabledQueues: 1,
  rssKey: '',
  rssTable: '',
  failures: 0,
  maliciousEvents: 0,
  withheld: [],
  toldMbps: 0,
};

function viewOf(state: State): VfView {
  const mac = state.vf_mac === '00:00:00:00:00:00' ? '' : (state.vf_mac ?? (state.pf_set_mac ? '02:00:5e:10:00:01' : ''));
  const config = {
    ...NEW_VF,
    adminMac: state.pf_set_mac ? mac : '',
    trusted: state.trusted ?? false,
    vlan: state.pf_vlan ?? 0,
    queryRss: state.query_rss ?? false,
    spoofCheck: state.spoofchk ?? true,
    linkState: state.link_enable === false ? ('disable' as const) : ('auto' as const),
  };
  return {
    model: (state.nic ?? 'X550').toLowerCase() as NicModel,
    vf: {
      ...VF,
      config,
      addresses: mac === '' ? {} : { [mac]: 1 },
      isClearToSend: state.clear_to_send ?? true,
      api: state.vf_api ?? '1.0',
    },
    effectiveMac: mac,
    vfs: state.num_vfs ?? 8,
    trafficClasses: 1,
    pfMtu: state.pf_mtu ?? 1500,
    isPfPromiscuous: state.pf_promisc ?? false,
    freeFilters: 100,
    queuesLeft: 0,
    capabilities: [],
  };
}

function hex(words: readonly number[]): string[] {
  return words.map((word) => word.toString(16).padStart(8, '0'));
}

/** The scenario's event as this suite sees it: "VfMailboxReply nack port-vlan", "MacAddressRefused admin-mac", "VfReset". */
function told(answer: MailboxAnswer): string[] {
  const events = answer.effects.map(({ type, data }) => ('reason' in data ? `${type} ${data.reason}` : type));
  return [...events, `VfMailboxReply ${answer.ack ? 'ack' : 'nack'} ${answer.detail}`];
}

const REQUESTS = vectors.scenarios.filter(({ request_words }) => request_words !== null);
const PINGS = vectors.scenarios.filter(({ request_words }) => request_words === null);

describe('a 10G PF', () => {
  test.each(REQUESTS.map((one) => [`${one.rules.join(', ')}: ${one.id}: ${one.effect}`, one] as const))('%s', (_, scenario) => {
    const words = (scenario.request_words ?? []).map((word) => Number.parseInt(word, 16));
    const answer = answerMailbox(viewOf(scenario.state as State), words);
    expect(hex(answer.reply)).toEqual(scenario.reply_words);
    const { event } = scenario;
    if (event !== null)
      expect(
        told(answer).some((one) => one.startsWith(event)),
        `${event} among ${told(answer)}`,
      ).toBe(true);
  });

  test.each(PINGS.map((one) => [`${one.rules.join(', ')}: ${one.id}`, one] as const))('%s', (_, { state, reply_words }) => {
    expect(hex([controlWord((state as State).clear_to_send ?? true)])).toEqual(reply_words);
  });

  test('MBX-08: each version is in force after it was negotiated, and opens what it knows', () => {
    const run = oneVf({ model: '82599', vfs: [{ queryRss: true }] });
    const asks: Readonly<Record<string, string>> = {
      GET_QUEUES: '9',
      GET_RETA: 'a',
      UPDATE_XCAST_MODE: 'c 1',
      GET_LINK_STATE: '10',
    };
    const opened = ['0', '2', '3', '4', '5'].map((code) => {
      run.command(`vf nic:vf0 request 8 ${code}`);
      const granted = Object.entries(asks).filter(([op, words]) => {
        run.command(`vf nic:vf0 request ${words}`);
        return run.said('VfMailboxReply', { op }).at(-1)?.data.ack;
      });
      return `${run.state.functions['nic:vf0']?.api}: ${granted.map(([op]) => op).join(' ')}`;
    });
    const all = 'GET_QUEUES GET_RETA UPDATE_XCAST_MODE GET_LINK_STATE';
    expect(opened).toEqual(['1.0: ', '1.1: GET_QUEUES', `1.2: ${all}`, `1.3: ${all}`, `1.4: ${all}`]);
    // A version that is not offered leaves the one in force.
    run.command('vf nic:vf0 request 8 1');
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ ack: false, detail: 'api-version' });
    expect(run.state.functions['nic:vf0']?.api).toBe('1.4');
  });

  test('MBX-08: GET_QUEUES tells queues to send and to receive, transparent VLAN, default queue', () => {
    const ask = (state: State, trafficClasses = 1) =>
      answerMailbox({ ...viewOf({ vf_api: '1.1', ...state }), trafficClasses }, [9]).reply.slice(1);
    expect(ask({ num_vfs: 31 })).toEqual([4, 4, 0, 0]);
    expect(ask({ num_vfs: 32 })).toEqual([2, 2, 0, 0]);
    expect(ask({ num_vfs: 8, pf_vlan: 200 })).toEqual([4, 4, 1, 0]);
  });

  test('MBX-08: GET_QUEUES gives the number of traffic classes as default-VLAN information, else 1 for a port VLAN or its priority', () => {
    const told = (options: Parameters<typeof nic>[1]) =>
      oneVf(options).said('VfMailboxReply', { op: 'GET_QUEUES' })[0]?.data.detail;
    expect(told({ vfs: [{}] })).toBe('4');
    expect(told({ vfs: [{ vlan: 200 }] })).toBe('4, default VLAN 1');
    expect(told({ vfs: [{ qos: 5 }] })).toBe('4, default VLAN 1');
    expect(told({ vfs: [{}], trafficClasses: 4 })).toBe('4, default VLAN 4');
    expect(told({ vfs: [{ vlan: 200 }], trafficClasses: 8 })).toBe('8, default VLAN 8');
    const words = answerMailbox({ ...viewOf({ vf_api: '1.1' }), trafficClasses: 4 }, [9]).reply.slice(1);
    expect(words).toEqual([4, 4, 4, 0]);
  });

  test('MBX-08: key and table are told from 1.2 on, and only if the administrator lets it', () => {
    const ask = (state: State, op: number) => answerMailbox(viewOf(state), [op]).ack;
    for (const op of [MAILBOX_OP.GET_RETA, MAILBOX_OP.GET_RSS_KEY]) {
      expect([ask({ vf_api: '1.2', query_rss: true }, op), ask({ vf_api: '1.2' }, op)]).toEqual([true, false]);
      expect(ask({ vf_api: '1.1', query_rss: true }, op)).toBe(false);
    }
  });

  test('MBX-04: two hashes in a word become two vectors of the shared table', () => {
    const { effects } = answerMailbox(viewOf({}), [0x00020003, 0x00100120]);
    expect(effects.filter(({ type }) => type === 'VfFilterChanged').map(({ data }) => data)).toEqual([
      { filter: 'multicast', value: '120', present: true },
      { filter: 'multicast', value: '010', present: true },
    ]);
    expect(effects[0]).toMatchObject({ type: 'VfReceiveModeChanged', data: { multicast: true, allMulticast: false } });
  });

  test('MBX-04: what is above thirty hashes is ignored', () => {
    const { effects, detail } = answerMailbox(viewOf({}), [(40 << 16) | MAILBOX_OP.SET_MULTICAST, ...Array(15).fill(0x00020001)]);
    expect(detail).toBe('30 groups');
    expect(effects.filter(({ type }) => type === 'VfFilterChanged')).toHaveLength(2);
  });

  test('MBX-07: index 0 clears the list, 1 begins it anew', () => {
    const view = viewOf({ vf_mac: '02:00:5e:10:00:01' });
    const listed = { ...view, vf: { ...view.vf, addresses: { '02:00:5e:10:00:01': 1, '02:00:5e:20:00:03': 2 } } };
    const gone = { filter: 'mac', value: '02:00:5e:20:00:03', present: false };
    const cleared = answerMailbox(listed, [MAILBOX_OP.SET_MACVLAN]);
    expect(cleared.effects.map(({ data }) => data)).toEqual([gone]);
    const anew = answerMailbox(listed, [0x10000 | MAILBOX_OP.SET_MACVLAN, 0x205e0002, 0x200]);
    expect(anew.effects.map(({ data }) => data)).toEqual([gone, { filter: 'mac', value: '02:00:5e:20:00:02', present: true }, {}]);
  });

  test('MBX-02: the order of what follows does not depend on how the state was stored', () => {
    const view = viewOf({ vf_mac: '02:00:5e:10:00:01' });
    const stored = (...macs: string[]) => ({
      ...view,
      vf: { ...view.vf, addresses: Object.fromEntries(macs.map((mac) => [mac, 1])) },
    });
    const [a, b] = ['02:00:5e:30:00:0a', '02:00:5e:30:00:0b'];
    const { effects } = answerMailbox(stored(a, b), [MAILBOX_OP.RESET]);
    expect(answerMailbox(stored(b, a), [MAILBOX_OP.RESET]).effects).toEqual(effects);
  });

  test('VF-10: the vectors of the shared table', () => {
    const { vectors: rows } = vectors.multicast_hash_filter_type_0;
    expect(
      rows.map(({ mac }) =>
        multicastVector(mac as Mac)
          .toString(16)
          .padStart(3, '0'),
      ),
    ).toEqual(rows.map(({ vector }) => vector));
    for (const [a, b] of vectors.multicast_hash_filter_type_0.collisions) {
      expect(multicastVector(a as Mac)).toBe(multicastVector(b as Mac));
    }
  });

  test('VF-14: register and effective rate of the limiter, and what is refused', () => {
    for (const row of vectors.tx_rate_limit_10g.vectors) {
      const { link_mbps, max_tx_rate, accepted, register, effective_mbps, min_tx_rate = 0 } = row;
      expect(rateRefusal('82599', link_mbps, max_tx_rate, min_tx_rate) === null, JSON.stringify(row)).toBe(accepted);
      if (register === undefined) continue;
      expect(rateRegister(link_mbps, max_tx_rate).toString(16).padStart(8, '0')).toBe(register);
      const mbps = effectiveRateBps('82599', link_mbps, max_tx_rate) / 1e6;
      expect(mbps).toBeCloseTo(effective_mbps ?? 0, 2);
    }
  });

  test('VF-01: 63 VFs, 31 with up to four traffic classes, 15 with more; 128 on 40G', () => {
    const { tc1, tc2_4, tc5_8 } = vectors.max_vfs;
    expect([1, 2, 4, 5, 8].map((classes) => vfsMax('82599', classes))).toEqual([tc1, tc2_4, tc2_4, tc5_8, tc5_8]);
    expect(vfsMax('x710', 8)).toBe(128);
  });
});

// ── In a lab ────────────────────────────────────────────────────────────────────────────────────────────────────────

const ADMIN = '02:00:5e:10:00:01';
const OWN = '02:00:5e:20:00:02';
const STRANGER = '02:00:5e:00:00:77';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

function oneVfLab(options: Parameters<typeof nic>[1]): Lab {
  return lab(
    hypervisor('esx1'),
    nic('nic', options),
    host('g0', { on: 'esx1', mac: OWN }),
    host('outside'),
    link('g0:eth0', 'nic:vf0'),
    link('outside:eth0', 'nic:wire'),
  );
}

function oneVf(options: Parameters<typeof nic>[1]): Run {
  return given(oneVfLab(options));
}

describe('a VF driver', () => {
  test('MBX-02, MBX-08: resets, negotiates 1.4, asks for its queues, takes the administrative MAC', () => {
    const run = oneVf({ vfs: [{ adminMac: ADMIN }] });
    const replies = run.said('VfMailboxReply', { interface: 'vf0' }).map(({ data }) => `${data.op} ${data.ack} ${data.detail}`);
    expect(replies).toEqual([`RESET true ${ADMIN}`, 'API_NEGOTIATE true 1.4', 'GET_QUEUES true 4', 'UPDATE_XCAST_MODE true multi']);
    expect(run.state.interfaces['g0:eth0']?.usedMac).toBe(ADMIN);
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'ready', api: '1.4', queues: 4, enabledQueues: 15 });
  });

  test('MBX-02, MBX-03: without one it programs its own', () => {
    const run = oneVf({ vfs: [{}] });
    expect(run.said('VfMailboxReply', { op: 'RESET' })[0]?.data).toMatchObject({ ack: false, detail: 'no-admin-mac' });
    expect(run.said('MacAddressChanged', { node: 'nic' }).map(({ data }) => [data.which, data.new, data.cause])).toEqual([
      ['effective', OWN, 'vf-request'],
    ]);
  });

  test('MBX-03: a guest may not override an administrative MAC, and its host logs that it tried', () => {
    const run = oneVf({ vfs: [{ adminMac: ADMIN }] }).command(`guest-mac g0:eth0 ${OWN}`);
    expect(run.said('MacAddressRefused')[0]?.data).toMatchObject({ interface: 'vf0', asked: OWN, reason: 'admin-mac' });
    expect(run.said('SystemLog', { eventId: 'vf-mac-refused' })).toHaveLength(1);
    expect(run.state.interfaces['g0:eth0']?.effectiveMac).toBe(ADMIN);
  });

  test('MBX-03: a trusted one may', () => {
    const run = oneVf({ vfs: [{ adminMac: ADMIN, trusted: true }] }).command(`guest-mac g0:eth0 ${OWN}`);
    expect(run.said('MacAddressRefused')).toEqual([]);
    expect(Object.keys(run.state.functions['nic:vf0']?.addresses ?? {})).toEqual([OWN]);
    expect(run.state.functions['nic:vf0']?.config.adminMac).toBe(ADMIN);
  });

  test('MBX-05, MBX-06, MBX-01: requests by hand', () => {
    const run = oneVf({ model: '82599', vfs: [{}] });
    run.command('vf nic:vf0 request 00010004 64').command('vf nic:vf0 request 0000007f');
    run.command('vf nic:vf0 request 00000005 0000233a');
    const replies = run.said('VfMailboxReply', { interface: 'vf0' }).slice(-3);
    expect(replies.map(({ data }) => `${data.op} ${data.ack} ${data.detail}`)).toEqual([
      'SET_VLAN true 100',
      '0x7f false unknown-opcode',
      'SET_LPE false jumbo',
    ]);
    expect(run.state.functions['nic:vf0']?.vlans).toEqual([0, 100]);
    expect(run.said('VfRxDisabled', { reason: 'jumbo' })).toHaveLength(1);
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([0, 100]);
  });

  test('MBX-06: the largest frame of the port only grows', () => {
    const run = oneVf({ vfs: [{}], pfMtu: 9000 })
      .command('vf nic:vf0 request 5 233a')
      .command('vf nic:vf0 request 5 5ee');
    expect(run.state.nics['nic']?.maxFrame).toBe(9018);
  });

  test('MBX-07: a second address suspends the check of sources, though the setting still reads on', () => {
    const run = oneVf({ vfs: [{}] }).command('vf nic:vf0 request 00010006 305e0002 00000300');
    expect(run.said('SpoofCheckSuspended', { interface: 'vf0' })).toHaveLength(1);
    expect(run.state.functions['nic:vf0']).toMatchObject({ isSpoofCheckSuspended: true, config: { spoofCheck: true } });
    expect(Object.keys(run.state.functions['nic:vf0']?.addresses ?? {})).toEqual([OWN, '02:00:5e:30:00:03']);
  });

  test('MBX-07: a reset takes the second address and leaves the check suspended', () => {
    const run = oneVf({ vfs: [{}] })
      .command('vf nic:vf0 request 00010006 305e0002 00000300')
      .command('vf nic:vf0 reload');
    expect(Object.keys(run.state.functions['nic:vf0']?.addresses ?? {})).toEqual([OWN]);
    expect(run.state.functions['nic:vf0']?.isSpoofCheckSuspended).toBe(true);
    run.receives('nic:vf0', plainFrame(STRANGER, BROADCAST)).pass(ms(1));
    expect(run.dropped('nic:vf0', 'spoof-mac')).toBe(0);
  });

  test.each([
    ['a port VLAN', { vlan: 200 }, 1],
    ['a priority', { qos: 5 }, 1],
    ['traffic classes', {}, 4],
  ])('MBX-07: under %s a reset arms the check anew', (_, config, trafficClasses) => {
    const run = oneVf({ vfs: [config], trafficClasses }).command('vf nic:vf0 request 00010006 305e0002 00000300');
    expect(run.state.functions['nic:vf0']?.isSpoofCheckSuspended).toBe(true);
    run.command('vf nic:vf0 reload').receives('nic:vf0', plainFrame(STRANGER, BROADCAST)).pass(ms(1));
    expect(run.state.functions['nic:vf0']?.isSpoofCheckSuspended).toBe(false);
    expect(run.dropped('nic:vf0', 'spoof-mac')).toBe(1);
  });

  test('MBX-07: a valid request suspends the check even when no filter is free; one for an invalid address does not', () => {
    const run = oneVf({ vfs: [{}, {}] }).command('vf nic:vf1 request 1');
    for (let i = 0; i < 126; i++)
      run.command(`vf nic:vf1 request 00020006 ${(0x305e0002 + i * 0x1000000).toString(16)} ${i.toString(16)}`);
    run.command('vf nic:vf0 request 00020006 005e0001 00000100');
    expect(run.said('SpoofCheckSuspended', { interface: 'vf0' })).toEqual([]);
    run.command('vf nic:vf0 request 00020006 305e0002 0000ff00');
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ ack: false, detail: 'no-filter' });
    expect(run.said('SpoofCheckSuspended', { interface: 'vf0' })).toHaveLength(1);
    run.receives('nic:vf0', plainFrame(STRANGER, BROADCAST)).pass(ms(1));
    expect(run.dropped('nic:vf0', 'spoof-mac')).toBe(0);
  });

  test('MBX-07: a NIC has room for 128 addresses; what is beyond is refused, for administrators too', () => {
    const run = oneVf({ vfs: [{}, {}] });
    // The PF has one, the VF another.
    for (let i = 0; i < 126; i++)
      run.command(`vf nic:vf0 request 00020006 ${(0x305e0002 + i * 0x1000000).toString(16)} ${i.toString(16)}`);
    expect(run.said('VfMailboxReply', { ack: true, op: 'SET_MACVLAN' })).toHaveLength(126);
    run.command('vf nic:vf0 request 00020006 305e0002 0000ff00').command(`ip link set nic:pf vf 1 mac ${ADMIN}`);
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ ack: false, detail: 'no-filter' });
    expect(run.said('CommandRefused')[0]?.data.reasons).toEqual(['nic has no room for another address']);
  });

  test('VF-13, MBX-10: a VF whose link is disabled begins without carrier', () => {
    expect(oneVf({ vfs: [{ linkState: 'disable' }] }).state.interfaces['g0:eth0']?.isUp).toBe(false);
  });

  test('VCH-10: a PF of 10G disables no VFs', () => {
    expect(
      oneVf({ vfs: [{}] })
        .command('vf nic:vf0 malicious')
        .said('CommandRefused'),
    ).toHaveLength(1);
  });

  test('MBX-10: told to reset, it is not heard until it does', () => {
    const run = oneVf({ vfs: [{}] })
      .command('ip link set nic:pf vf 0 state disable')
      .command('vf nic:vf0 request 00010004 64');
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ op: 'SET_VLAN', ack: false, detail: 'before-reset' });
    run.pass(ms(11)).command('vf nic:vf0 request 00010004 64');
    expect(run.said('VfMailboxReply').at(-1)?.data.ack).toBe(true);
  });

  test('MBX-10, VF-08: a change of trust makes the VF reset itself, and then what it asks for is granted', () => {
    const run = oneVf({ vfs: [{ adminMac: ADMIN }] }).command('ip link set nic:pf vf 0 trust on');
    const [required] = run.said('VfResetRequired', { interface: 'vf0' });
    expect(required?.data.reason).toBe('trust');
    expect(run.command('vf nic:vf0 request 00010004 64').said('VfMailboxReply').at(-1)?.data.detail).toBe('before-reset');
    run.pass(ms(11));
    expect(run.said('VfReset', { interface: 'vf0' }).at(-1)?.cause).toBe(required?.position);
    run.command('ip link set nic:pf vf 0 trust on');
    expect(run.said('VfResetRequired')).toHaveLength(1);
    run.command('ip link set nic:pf vf 0 trust off').pass(ms(11));
    expect(run.said('VfResetRequired')).toHaveLength(2);
    // Reloaded before it came to it, the driver has done what was asked.
    const resets = run.command('ip link set nic:pf vf 0 trust on').command('vf nic:vf0 reload').said('VfReset').length;
    expect(run.pass(ms(20)).said('VfReset')).toHaveLength(resets);
  });

  test('MBX-02, MBX-03: what a trusted VF chose is its address, and the reply to a reset tells it, also once trust is gone', () => {
    const run = oneVf({ vfs: [{ adminMac: ADMIN, trusted: true }] }).command(`guest-mac g0:eth0 ${OWN}`);
    run.command('ip link set nic:pf vf 0 trust off').pass(ms(11));
    expect(run.said('VfMailboxReply', { op: 'RESET' }).at(-1)?.data).toMatchObject({ ack: true, detail: OWN });
    expect(run.said('MacAddressRefused')).toEqual([]);
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(OWN);
    expect(run.state.interfaces['g0:eth0']?.usedMac).toBe(OWN);
  });

  test('MBX-09, VF-03: receive mode NONE takes groups away and leaves broadcast', () => {
    const run = given(oneVfLab({ vfs: [{}] }), { watch: ['nic'] }).command('vf nic:vf0 request c 0');
    expect(run.said('VfMailboxReply').at(-1)?.data).toMatchObject({ ack: true, detail: 'none' });
    expect(run.state.functions['nic:vf0']?.mode).toEqual({
      broadcast: true,
      multicast: false,
      allMulticast: false,
      promiscuous: false,
    });
    run.receives('nic:wire', plainFrame(STRANGER, BROADCAST)).pass(ms(1));
    expect(run.sentBy('nic')).toContain('vf0');
  });

  test('MBX-10: GET_LINK_STATE tells what the PF allows, not whether the wire has carrier', () => {
    const told = (run: Run) => run.command('vf nic:vf0 request 10').said('VfMailboxReply').at(-1)?.data.detail;
    expect(told(oneVf({ vfs: [{}] }).command('link down nic:wire'))).toBe('up');
    expect(told(oneVf({ vfs: [{ linkState: 'disable' }] }))).toBe('down');
    const words = (state: State) => answerMailbox(viewOf({ vf_api: '1.2', ...state }), [0x10]).reply[1];
    expect([words({ link_enable: true }), words({ link_enable: false })]).toEqual([1, 0]);
  });

  test('MBX-08, VF-08: query_rss is refused on X550, whose VFs have a table of their own, and on 40G', () => {
    const refusals = (model: NicModel) => {
      const run = oneVf({ model, vfs: [{}] }).command('ip link set nic:pf vf 0 query_rss on');
      expect(run.state.functions['nic:vf0']?.config.queryRss).toBe(run.said('CommandRefused').length === 0);
      return run.said('CommandRefused').flatMap(({ data }) => data.reasons);
    };
    expect(refusals('x550')).toEqual(['query_rss is not supported on X550, only on 82599 and X540']);
    expect(refusals('x710')).toEqual(['query_rss is not supported on X710, only on 82599 and X540']);
    expect([refusals('82599'), refusals('x540')]).toEqual([[], []]);
  });

  test('MBX-09, VF-16: a layer 2 firewall hears foreign unicast only if trusted, and the PF is promiscuous', () => {
    const modes = (options: Parameters<typeof nic>[1]) => {
      const fw = firewall('fw', { interfaces: { eth1: { mode: 'layer2' } } });
      const run = given(lab(hypervisor('esx1'), nic('nic', options), fw, link('fw:eth1', 'nic:vf0')));
      return run.state.functions['nic:vf0']?.mode.promiscuous;
    };
    expect(modes({ vfs: [{ trusted: true }], pfPromiscuous: true })).toBe(true);
    expect(modes({ vfs: [{ trusted: false }], pfPromiscuous: true })).toBe(false);
    expect(modes({ vfs: [{ trusted: true }] })).toBe(false);
    expect(modes({ model: '82599', vfs: [{ trusted: true }], pfPromiscuous: true })).toBe(false);
  });

  test('VF-16: a firewall with the option off asks for its own MAC as the address of its VF', () => {
    const fw = (config: object) =>
      given(
        lab(
          hypervisor('esx1'),
          nic('nic', { vfs: [config] }),
          firewall('fw', { useHypervisorMac: false, interfaces: { eth1: { mac: ADMIN } } }),
          link('fw:eth1', 'nic:vf0'),
        ),
      );
    const untrusted = fw({ adminMac: ADMIN });
    const used = untrusted.state.interfaces['fw:eth1']?.usedMac;
    expect(untrusted.said('MacAddressRefused', { asked: used ?? '' })).toHaveLength(1);
    expect(untrusted.state.interfaces['nic:vf0']?.effectiveMac).toBe(ADMIN);
    expect(fw({ adminMac: ADMIN, trusted: true }).state.interfaces['nic:vf0']?.effectiveMac).toBe(used);
    expect(fw({}).state.interfaces['nic:vf0']?.effectiveMac).toBe(used);
  });
});
