/** Rules VCH-01 to VCH-10: what a 40G PF answers its VFs, and what it only pretends to do. */
import { afterEach, describe, expect, test } from 'vitest';
import type { VfView } from '../../ts/engine/agents/sr-iov/vf-request.ts';
import { answerVirtchnl, VIRTCHNL_LIMITS, type VirtchnlAnswer } from '../../ts/engine/agents/sr-iov/virtchnl.ts';
import { NEW_VF, type NicModel, VF_CAPABILITIES } from '../../ts/model/hardware/nic.ts';
import { AFTER_RESET, type FunctionState, roundRobin } from '../../ts/model/state/vf-state.ts';
import { macFromNumber } from '../../ts/values/mac.ts';
import { host, hypervisor, lab, link, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';
import vectors from '../vectors/virtchnl.json' with { type: 'json' };

afterEach(everyFrameIsAccountedFor);

const ADMIN = '02:00:5e:10:00:01';

interface State {
  readonly pvid?: number;
  readonly pf_set_mac?: boolean;
  readonly trusted?: boolean;
  readonly default_mac?: string;
  readonly filters?: number;
  readonly num_vlan?: number;
  readonly num_queue_pairs?: number;
  readonly queues_left?: number;
  readonly consecutive_failures?: number;
}

/** A VF that is in the middle of its life, as a scenario has it. */
function viewOf(state: State): VfView {
  const own = state.default_mac ?? ADMIN;
  // Broadcast is one of the filters that a scenario counts.
  const extra = Array.from({ length: Math.max(0, (state.filters ?? 2) - 2) }, (_, i) => macFromNumber(0x01005e000100 + i));
  const vlans = Array.from({ length: state.num_vlan ?? 0 }, (_, i) => 101 + i);
  const vf: FunctionState = {
    kind: 'vf',
    status: 'ready',
    config: { ...NEW_VF, adminMac: state.pf_set_mac ? own : '', trusted: state.trusted ?? false, vlan: state.pvid ?? 0 },
    addresses: Object.fromEntries([own, ...extra].map((mac) => [mac, 1])),
    vlans: [state.pvid ?? 0, ...vlans],
    mode: AFTER_RESET,
    isClearToSend: false,
    api: '1.1',
    isSpoofCheckSuspended: false,
    isRxOff: false,
    queues: state.num_queue_pairs ?? VIRTCHNL_LIMITS.defaultQueuePairs,
    enabledQueues: 0,
    rssKey: '',
    rssTable: '',
    failures: state.consecutive_failures ?? 0,
    maliciousEvents: 0,
    withheld: [],
    toldMbps: 40_000,
  };
  return {
    model: 'x710',
    vf,
    effectiveMac: own,
    vfs: 8,
    trafficClasses: 1,
    pfMtu: 1500,
    isPfPromiscuous: false,
    freeFilters: 100,
    queuesLeft: state.queues_left ?? 100,
    capabilities: VF_CAPABILITIES,
  };
}

const OP_NAMES = new Map(Object.entries(vectors.opcodes).map(([name, code]) => [code, name]));

/** A scenario's body as the words of a message. */
function wordsOf(op: string, body: Readonly<Record<string, unknown>>): string[] {
  const list = (body['list'] ?? body['vlans']) as readonly (string | number)[] | undefined;
  if (list !== undefined) return list.map(String);
  if (op === 'VERSION') return [`${body['major']}.${body['minor']}`];
  if (op === 'CONFIG_RSS_KEY') return ['6d'.repeat(body['key_len'] as number)];
  if (op === 'CONFIG_RSS_LUT')
    return [
      (body['max_entry'] as number)
        .toString(16)
        .padStart(2, '0')
        .repeat(body['lut_entries'] as number),
    ];
  const keys = ['flags', 'num_queue_pairs', 'txq', 'rxq', 'rx_queues', 'tx_queues'];
  return keys.filter((key) => key in body).map((key) => String(body[key]));
}

function told({ retval, detail, effects }: VirtchnlAnswer): string[] {
  const events = effects.map(({ type, data }) => ('reason' in data ? `${type} ${data.reason}` : type));
  return [...events, `VfMailboxReply ${retval === 0 ? 'ack' : 'nack'} ${detail}`];
}

const MESSAGES = vectors.scenarios.filter(({ opcode }) => opcode !== null && opcode !== 17);

/** Scenarios that are no message of a VF: the lab below plays them. */
const PLAYED = ['link-auto-down', 'link-enable', 'link-disable', 'mdd', 'trust-toggle', 'set-mac-by-pf'];

describe('a 40G PF', () => {
  test('VCH-01 to VCH-10: every scenario of the vectors is a message, or played in a lab', () => {
    expect(vectors.scenarios.filter((one) => !MESSAGES.includes(one)).map(({ id }) => id)).toEqual(PLAYED);
  });

  test.each(MESSAGES.map((one) => [`${one.rules.join(', ')}: ${one.id}: ${one.effect}`, one] as const))('%s', (_, scenario) => {
    const op = OP_NAMES.get(scenario.opcode ?? 0) ?? '';
    const answer = answerVirtchnl(viewOf(scenario.state as State), op, wordsOf(op, scenario.body));
    expect(answer.retval).toBe(scenario.retval);
    const { event } = scenario;
    if (event !== null)
      expect(
        told(answer).some((one) => one.startsWith(event)),
        `${event} among ${told(answer)}`,
      ).toBe(true);
    if (scenario.retval !== 0 && event === null)
      expect(answer.effects.filter(({ type }) => type !== 'MacAddressRefused')).toEqual([]);
  });

  test('VCH-01: under a port VLAN the VLAN offload is withheld', () => {
    expect(answerVirtchnl(viewOf({}), 'GET_VF_RESOURCES', []).detail).toBe('4 queue pairs, key 52, table 64, vlan-offload');
    expect(answerVirtchnl(viewOf({ pvid: 200 }), 'GET_VF_RESOURCES', []).detail).toBe('4 queue pairs, key 52, table 64');
  });

  test('VCH-07: what is not possible is answered with what there is', () => {
    expect(answerVirtchnl(viewOf({}), 'REQUEST_QUEUES', ['17']).detail).toBe('16');
    expect(answerVirtchnl(viewOf({ queues_left: 2 }), 'REQUEST_QUEUES', ['8']).detail).toBe('6');
  });

  test('VCH-04: the seventeenth VLAN is granted in words only', () => {
    const { effects } = answerVirtchnl(viewOf({ num_vlan: 16 }), 'ADD_VLAN', ['117']);
    expect(effects.map(({ type }) => type)).toEqual(['VfRequestIgnored']);
  });
});

/** An E810 answers some requests with other statuses than i40e: ice_virtchnl.c, `ice_vc_handle_mac_addr_msg`. */
describe('a 100G PF', () => {
  const OTHER = '02:00:5e:20:00:02';
  const asked = (state: State, args: string[], more: Partial<VfView> = {}) =>
    answerVirtchnl({ ...viewOf(state), model: 'e810', ...more }, 'ADD_ETH_ADDR', args);
  const { ADMIN_QUEUE, PARAM, SUCCESS } = vectors.status;

  test('VCH-03: an address that an administrative MAC forbids fails in the admin queue', () => {
    expect(asked({ pf_set_mac: true }, [OTHER])).toMatchObject({ retval: ADMIN_QUEUE, detail: 'admin-mac' });
    expect(asked({ pf_set_mac: true, trusted: true }, [OTHER]).retval).toBe(SUCCESS);
  });

  test('VCH-03, VCH-04: so does one for which no filter is left; one above the limit is a parameter error', () => {
    expect(asked({}, [OTHER], { freeFilters: 0 })).toMatchObject({ retval: ADMIN_QUEUE, detail: 'no-filter', effects: [] });
    expect(asked({ filters: 18 }, ['01:00:5e:00:00:99'])).toMatchObject({ retval: PARAM, detail: 'filter-limit' });
  });

  test('VCH-03: broadcast and zero are skipped, in a list and alone', () => {
    const skipped = ['ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00'];
    expect(asked({}, skipped)).toEqual({ retval: SUCCESS, detail: '', effects: [] });
    expect(asked({}, [...skipped, OTHER]).effects).toMatchObject([{ type: 'VfFilterChanged', data: { value: OTHER } }]);
  });

  test('VCH-10: it disables no VF, however many requests it refused', () => {
    expect(asked({ consecutive_failures: 10, filters: 18 }, [OTHER]).effects).toEqual([]);
  });
});

// ── In a lab ────────────────────────────────────────────────────────────────────────────────────────────────────────

const OWN = '02:00:5e:20:00:02';

function oneVf(config: object = {}, driverVersion?: string, model: NicModel = 'x710'): Run {
  return given(
    lab(
      hypervisor('esx1'),
      nic('nic', { model, vfs: [config, {}], ...(driverVersion !== undefined && { driverVersion }) }),
      host('g0', { on: 'esx1', mac: OWN }),
      host('outside'),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
  );
}

function vfOf(run: Run): FunctionState | undefined {
  return run.state.functions['nic:vf0'];
}

describe('a VF of 40G', () => {
  test('VCH-01, VCH-06: introduces itself, programs its MAC, and starts its queues', () => {
    const run = oneVf();
    expect(run.said('VfMailboxReply', { interface: 'vf0' }).map(({ data }) => data.op)).toEqual([
      'VERSION',
      'GET_VF_RESOURCES',
      'ADD_ETH_ADDR',
      'CONFIG_VSI_QUEUES',
      'ENABLE_QUEUES',
    ]);
    expect(vfOf(run)).toMatchObject({ status: 'ready', queues: 4, enabledQueues: 15 });
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(OWN);
  });

  test('VF-03: hears broadcast from the first moment on', () => {
    expect(vfOf(oneVf())?.mode).toEqual(AFTER_RESET);
  });

  test('VCH-06: frames to a queue that does not run have no descriptor', () => {
    const run = oneVf().command('vf nic:vf0 request DISABLE_QUEUES 15 15');
    expect(vfOf(run)?.enabledQueues).toBe(0);
    expect(run.control.readPool(run.port('nic:vf0')).enabledQueues).toBe(0);
  });

  test('VCH-02, VF-08: trust-toggle: trust resets the VF; its driver renegotiates and programs its MAC again', () => {
    const run = oneVf().command('ip link set nic:pf vf 0 trust on');
    expect(run.said('VfReset', { interface: 'vf0', reason: 'pf-admin' })).toHaveLength(1);
    expect(vfOf(run)).toMatchObject({ status: 'reset', addresses: {}, enabledQueues: 0 });
    run.pass(ms(11));
    expect(vfOf(run)).toMatchObject({ status: 'ready', enabledQueues: 15 });
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe(OWN);
  });

  test('VCH-02: set-mac-by-pf: an administrative MAC deletes all filters, resets the VF, and the guest takes it', () => {
    const run = oneVf().command('vf nic:vf0 request ADD_ETH_ADDR 01:00:5e:00:00:12');
    run.command(`ip link set nic:pf vf 0 mac ${ADMIN}`);
    expect(Object.keys(vfOf(run)?.addresses ?? {})).toEqual([ADMIN]);
    expect(run.said('MacAddressChanged', { node: 'nic', cause: 'pf-admin' })[0]?.data).toMatchObject({ old: OWN, new: ADMIN });
    run.pass(ms(11));
    expect(run.state.interfaces['g0:eth0']?.usedMac).toBe(ADMIN);
  });

  test('VCH-03: an untrusted VF may not add a unicast of its own beside an administrative MAC', () => {
    const run = oneVf({ adminMac: ADMIN }).command(`guest-mac g0:eth0 ${OWN}`);
    expect(run.said('MacAddressRefused')[0]?.data).toMatchObject({ asked: OWN, reason: 'admin-mac' });
    expect(run.state.interfaces['g0:eth0']?.effectiveMac).toBe(ADMIN);
  });

  test('VCH-03: a guest that changes its MAC adds the new one and deletes the old', () => {
    const run = oneVf().command('guest-mac g0:eth0 02:00:5e:20:00:03');
    expect(Object.keys(vfOf(run)?.addresses ?? {})).toEqual(['02:00:5e:20:00:03']);
    expect(run.state.interfaces['nic:vf0']?.effectiveMac).toBe('02:00:5e:20:00:03');
  });

  test('VCH-05: promiscuous is granted in words to the untrusted, and in fact to the trusted', () => {
    const run = oneVf().command('vf nic:vf0 request CONFIG_PROMISCUOUS_MODE 1');
    expect(run.said('VfMailboxReply').at(-1)?.data.ack).toBe(true);
    expect(run.said('VfRequestIgnored', { reason: 'promisc' })).toHaveLength(1);
    expect(vfOf(run)?.mode.promiscuous).toBe(false);
    run.command('ip link set nic:pf vf 0 trust on').pass(ms(11)).command('vf nic:vf0 request CONFIG_PROMISCUOUS_MODE 3');
    expect(run.said('PromiscuousChanged', { node: 'nic', interface: 'vf0' }).map(({ data }) => data.requested)).toEqual([true]);
    expect(vfOf(run)?.mode).toMatchObject({ promiscuous: true, allMulticast: true });
  });

  test('VCH-07: more queues come with a reset and no reply', () => {
    const run = oneVf();
    const replies = run.said('VfMailboxReply').length;
    run.command('vf nic:vf0 request REQUEST_QUEUES 8');
    expect(run.said('VfMailboxReply')).toHaveLength(replies);
    expect(run.said('VfResetRequired', { reason: 'reset-impending' })).toHaveLength(1);
    expect(vfOf(run)).toMatchObject({ status: 'reset', queues: 8 });
    run.pass(ms(11));
    expect(vfOf(run)).toMatchObject({ status: 'ready', queues: 8, enabledQueues: 255 });
  });

  test('VCH-09: the link is what the PF says: down with the wire, forced up, forced down', () => {
    const run = oneVf().command('link down nic:wire');
    const isUp = () => run.state.interfaces['g0:eth0']?.isUp;
    expect(isUp()).toBe(false);
    run.command('ip link set nic:pf vf 0 state enable');
    expect(isUp()).toBe(true);
    run.command('link up nic:wire').command('ip link set nic:pf vf 0 state disable');
    expect(isUp()).toBe(false);
    expect(run.said('VfResetRequired')).toEqual([]);
  });

  test('VCH-09: link events carry the speed, and what a VF knows is not said again; forced up is 40G', () => {
    const run = oneVf().command('ethtool -s nic:pf speed 1000').command('link down nic:wire');
    run.command('ip link set nic:pf vf 0 state enable').command('link up nic:wire').command('ip link set nic:pf vf 0 state auto');
    run.command('ip link set nic:pf vf 0 state disable');
    const told = run.said('VfLinkReported').map(({ data }) => `${data.interface} ${data.up ? data.speedMbps : 'down'}`);
    expect(told).toEqual(['vf0 1000', 'vf0 down', 'vf0 40000', 'vf0 1000', 'vf0 down']);
    expect(vfOf(run)?.toldMbps).toBe(0);
    const [, down] = run.said('VfLinkReported');
    expect(run.said('InterfaceLinkChanged', { node: 'g0', up: false })[0]?.cause).toBe(down?.position);
  });

  test('VCH-09, VCH-10: on 100G a VF that is forced up is told the speed of the wire, and none is disabled', () => {
    const run = oneVf({}, '1.0', 'e810').command('link down nic:wire').command('ip link set nic:pf vf 0 state enable');
    run.command('ethtool -s nic:pf speed 25000').command('ethtool -s nic:pf speed 40000').command('vf nic:vf0 malicious');
    expect(run.said('VfLinkReported', { interface: 'vf0' }).map(({ data }) => data.speedMbps)).toEqual([0, 10_000, 25_000]);
    expect(run.said('CommandRefused').map(({ data }) => data.reasons)).toEqual([
      ['an E810 has the speeds 10000, 25000, 50000, 100000 Mbit/s'],
      ['nic is a NIC of 100G: its PF disables no VFs'],
    ]);
  });

  test('VCH-09: a VF that was reset learns the speed when its driver is ready', () => {
    const run = oneVf().command('ip link set nic:pf vf 0 trust on').command('ethtool -s nic:pf speed 1000');
    expect(run.said('VfLinkReported')).toEqual([]);
    run.pass(ms(11));
    expect(run.said('VfLinkReported').map(({ data }) => data.speedMbps)).toEqual([1000]);
  });

  test('VCH-09: a VF that is forced up from the start knows 40G', () => {
    const run = oneVf({ linkState: 'enable' }).command('link down nic:wire');
    expect(run.said('VfLinkReported')).toEqual([]);
    expect(vfOf(run)?.toldMbps).toBe(40_000);
  });

  test('VCH-10: the eleventh refusal in a row disables the VF; one success begins the count anew', () => {
    const bad = 'vf nic:vf0 request ADD_ETH_ADDR 00:00:00:00:00:00';
    const run = oneVf();
    for (let i = 0; i < 10; i++) run.command(bad);
    run.command('vf nic:vf0 request GET_STATS');
    for (let i = 0; i < 10; i++) run.command(bad);
    expect(run.said('VfDisabled')).toEqual([]);
    run.command(bad);
    expect(run.said('VfDisabled').map(({ data }) => data.reason)).toEqual(['invalid-messages']);
    const replies = run.said('VfMailboxReply').length;
    run.command('vf nic:vf0 request GET_STATS');
    expect(run.said('VfMailboxReply')).toHaveLength(replies);
    run.command('vf nic:vf0 enable').pass(ms(11));
    expect(vfOf(run)).toMatchObject({ status: 'ready', failures: 0 });
  });

  test('VCH-10: mdd: one event of the malicious-driver detection disables the VF', () => {
    const run = oneVf().command('vf nic:vf0 malicious');
    expect(run.said('VfDisabled', { interface: 'vf0', reason: 'malicious-driver' })).toHaveLength(1);
    expect(run.control.readPool(run.port('nic:vf0')).poolFlags & 3).toBe(0);
  });

  test('VCH-10d: a PF driver before 2.8.20 lets three such events pass, and the fourth disables the VF', () => {
    const run = oneVf({}, '2.8.10-k');
    for (let i = 0; i < 3; i++) run.command('vf nic:vf0 malicious');
    expect(run.said('VfDisabled')).toEqual([]);
    // A reset takes no event back.
    run.command('vf nic:vf0 request RESET_VF').pass(ms(11)).command('vf nic:vf0 malicious');
    const counted = run.said('MaliciousDriverDetected', { interface: 'vf0' });
    expect(counted.map(({ data }) => `${data.events} of ${data.tolerated}`)).toEqual(['1 of 3', '2 of 3', '3 of 3', '4 of 3']);
    expect(run.said('VfDisabled').map(({ data, cause }) => [data.reason, cause])).toEqual([
      ['malicious-driver', counted.at(-1)?.position],
    ]);
    expect(run.control.readPool(run.port('nic:vf0')).poolFlags & 3).toBe(0);
  });

  test.each(['2.8.20-k', '2.30.18'])('VCH-10d: driver %s disables it at once', (version) => {
    const run = oneVf({}, version).command('vf nic:vf0 malicious');
    expect([run.said('MaliciousDriverDetected').length, run.said('VfDisabled').length]).toEqual([0, 1]);
  });

  test('VCH-08, RSS-03: key and table of one VF are not those of another', () => {
    const run = oneVf().command(`vf nic:vf0 request CONFIG_RSS_LUT ${roundRobin(64, 2)}`);
    expect(vfOf(run)?.rssTable).toBe(roundRobin(64, 2));
    expect(run.state.functions['nic:vf1']?.rssTable).toBe(roundRobin(64, 4));
  });
});
