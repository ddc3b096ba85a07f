/**
 * Aggregates (IEEE 802.1AX): a firewall and a switch with two cables.
 *
 *   a .11 ─ p1 ┐      p21 ── eth1 ┐
 *   b .12 ─ p2 ┤ sw1 po1         ae1 fw1 eth3 ── isp 192.0.2.254
 *   c .13 ─ p3 ┤      p22 ── eth2 ┘
 *   d .14 ─ p4 ┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { readFlows } from '../../ts/engine/derived.ts';
import { parseEthernet } from '../../ts/wire/ethernet.ts';
import { LACP_STATE, parseLacpdu } from '../../ts/wire/lacp.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const HOSTS = ['a', 'b', 'c', 'd'];

interface Options {
  /** LACP of the firewall and of the switch; empty for a static aggregate. */
  readonly fw?: string;
  readonly sw?: string;
  readonly members?: number;
  readonly minLinks?: number;
  readonly more?: string;
  /** Where the firewall's last cable leads. */
  readonly last?: string;
  readonly firewall?: string;
}

const ACTIVE = 'mode: active, rate: fast';
const PASSIVE = 'mode: passive, rate: fast';

/** The lab of this file, with as many cables as `members` says. */
function lab({ fw = ACTIVE, sw = PASSIVE, members = 2, minLinks = 1, more = '', last, firewall = '' }: Options = {}): string {
  const numbers = Array.from({ length: members }, (_, index) => index + 1);
  const lacp = (settings: string): string => (settings === '' ? '' : `, lacp: { ${settings} }`);
  const channel = numbers.map((number) => `p2${number}`).filter((port) => last === undefined || port !== `p2${members}`);
  return `
name: aggregates
topology:
  nodes:
    esx1: { kind: hypervisor }
    fw1:
      kind: firewall
      on: esx1
      ${firewall}
      interfaces: { ae1: { ipv4: 10.0.1.1/24 }, eth9: { ipv4: 192.0.2.1/24 }, eth1: { mac: 00:50:56:aa:00:01 } }
      aggregates: { ae1: { members: [${numbers.map((number) => `eth${number}`).join(', ')}]${lacp(fw)} } }
    sw1:
      kind: switch
      port-channels: { po1: { ports: [${channel.join(', ')}], min-links: ${minLinks}${lacp(sw)} } }
    sw2: { kind: switch, port-channels: { po1: { ports: [p21], lacp: { ${ACTIVE} } } } }
    isp: { kind: host, gateway: 192.0.2.1, interfaces: { eth0: { ipv4: 192.0.2.254/24 } } }
${HOSTS.map((host, index) => `    ${host}: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.1${index + 1}/24 } } }`).join('\n')}
  links:
${HOSTS.map((host, index) => `    - endpoints: ["${host}:eth0", "sw1:p${index + 1}"]`).join('\n')}
${numbers.map((number) => `    - endpoints: ["fw1:eth${number}", "${last !== undefined && number === members ? last : `sw1:p2${number}`}"]`).join('\n')}
${last === 'sw2:p21' ? '' : '    - endpoints: ["sw2:p21", "sw1:p9"]'}
    - endpoints: ["fw1:eth9", "isp:eth0"]
flows:
${HOSTS.map((host) => `  up-${host}: { from: "${host}:eth0", to: 192.0.2.254, rate: 50, start: 4s }`).join('\n')}
  down: { from: "isp:eth0", to: 10.0.1.13, rate: 50, start: 4s }
${more}`;
}

/** Lets both ends agree, and flows begin. */
function started(options: Options = {}, watch: readonly string[] = []): Run {
  return givenFile(lab(options), watch).until(seconds(6));
}

/** Which members of an aggregate distribute on record. */
function distributing(run: Run, node: string): string[] {
  const { aggregateMembers } = run.state;
  return Object.keys(aggregateMembers).filter((at) => at.startsWith(`${node}:`) && aggregateMembers[at]?.isDistributing === true);
}

function isUp(run: Run, at: string): boolean | undefined {
  return run.state.interfaces[at]?.isUp;
}

/** Frames of each flow that were lost, those on the way not counted. */
function lost(run: Run): number[] {
  return readFlows(run.engine).map((flow) => Number(flow.lost));
}

describe('LACP', () => {
  test('MAC-12: an aggregate uses the MAC of its first member, and neighbours learn no other, by whichever cable', () => {
    const run = started();
    for (const host of HOSTS) expect(run.neighbour(host, '10.0.1.1')).toBe('00:50:56:aa:00:01');
    run.command('link down fw1:eth1').until(seconds(7));
    expect(run.state.interfaces['fw1:ae1']?.usedMac).toBe('00:50:56:aa:00:01');
    expect(run.said('MacMoved')).toEqual([]);
  });

  test('MAC-12: with the option off it is made from the id of the first member, and an edited vNIC takes it along', () => {
    const off = started({ firewall: 'use-hypervisor-mac: off' });
    expect(off.state.interfaces['fw1:ae1']?.usedMac).toBe('ba:db:ee:fb:ad:10');
    const on = started().command('edit-mac fw1:eth1 00:50:56:aa:00:99').until(seconds(7));
    expect(on.state.interfaces['fw1:ae1']?.usedMac).toBe('00:50:56:aa:00:99');
  });

  test('both ends agree on each member within 2 s of the first frame, and only then the aggregate has carrier', () => {
    const run = givenFile(lab()).until(seconds(2));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([false, false]);
    run.until(seconds(2) + ms(1));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([true, true]);
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth1', 'fw1:eth2']);
    expect(distributing(run, 'sw1')).toEqual(['sw1:p21', 'sw1:p22']);
    const [partner] = run.said('LacpPartnerChanged', { node: 'sw1', interface: 'p21' });
    expect(partner?.data).toMatchObject({ aggregate: 'po1', system: '00:50:56:aa:00:01', key: 1, state: 'heard' });
  });

  test('its frames go to 01:80:c2:00:00:02 from the MAC of the member, one each second, and say what the member does', () => {
    const run = givenFile(lab(), ['fw1']).until(seconds(10)).forgetSeen().until(seconds(20));
    const sent = run
      .frames('fw1:eth1', 'sent')
      .map((bytes) => parseEthernet(bytes))
      .filter((frame) => frame?.etherType === 0x8809);
    expect(sent).toHaveLength(10);
    expect(sent[0]).toMatchObject({ dst: '01:80:c2:00:00:02', src: '00:50:56:aa:00:01' });
    const pdu = parseLacpdu(sent[0]?.payload ?? new Uint8Array());
    expect(pdu?.actor.state).toBe(
      LACP_STATE.activity |
        LACP_STATE.timeout |
        LACP_STATE.aggregation |
        LACP_STATE.synchronization |
        LACP_STATE.collecting |
        LACP_STATE.distributing,
    );
    expect(pdu?.partner).toMatchObject({ system: run.said('LacpPartnerChanged', { node: 'fw1' })[0]?.data.system });
  });

  test('a partner that wants slow frames gets one each 30 s', () => {
    const run = givenFile(lab({ sw: 'mode: passive, rate: slow' }), ['fw1', 'sw1'])
      .until(seconds(10))
      .forgetSeen()
      .until(seconds(100));
    const slow = (at: string): number =>
      run.frames(at, 'sent').filter((bytes) => parseEthernet(bytes)?.etherType === 0x8809).length;
    expect(slow('fw1:eth1')).toBe(3);
    expect(slow('sw1:p21')).toBe(90);
  });

  test('two passive ends stay silent: no frame, no carrier', () => {
    const run = givenFile(lab({ fw: PASSIVE }), ['fw1', 'sw1']).until(seconds(6));
    expect(run.said('LacpPartnerChanged')).toEqual([]);
    expect([...run.frames('fw1:eth1', 'sent'), ...run.frames('sw1:p21', 'sent')]).toEqual([]);
    expect(isUp(run, 'fw1:ae1')).toBe(false);
  });
});

describe('the flows of an aggregate', () => {
  test('one flow stays on one cable, in order; several use both', () => {
    const run = started({}, ['fw1']).until(seconds(8));
    const byMember = ['fw1:eth1', 'fw1:eth2'].map((at) => {
      const frames = run.frames(at, 'received').map((bytes) => parseEthernet(bytes));
      return new Set(frames.filter((frame) => frame?.etherType === 0x0800).map((frame) => frame?.src));
    });
    expect(byMember.map((sources) => sources.size > 0)).toEqual([true, true]);
    expect([...(byMember[0] ?? [])].filter((source) => byMember[1]?.has(source))).toEqual([]);
    expect(byMember[0]?.size).toBe(HOSTS.length - (byMember[1]?.size ?? 0));
    expect(readFlows(run.engine).map(({ reordered }) => Number(reordered))).toEqual([0, 0, 0, 0, 0]);
  });

  test('the switch learns the firewall behind the channel, not behind a port, and what it floods leaves by one member', () => {
    const run = started({}, ['sw1']);
    expect(run.table('sw1').find(({ mac }) => mac === '00:50:56:aa:00:01')?.port).toBe('sw1:po1');
    run.forgetSeen().command('arp clear a').until(seconds(7));
    const asked = ['sw1:p21', 'sw1:p22']
      .flatMap((at) => run.frames(at, 'sent'))
      .filter((bytes) => parseEthernet(bytes)?.dst === 'ff:ff:ff:ff:ff:ff');
    expect(asked).toHaveLength(1);
  });

  test('counters of the aggregate are those of its members together', () => {
    const run = started();
    const [aggregate, ...members] = ['fw1:ae1', 'fw1:eth1', 'fw1:eth2'].map((at) => run.portState(at));
    const received = members.reduce((sum, one) => sum + Number(one.rxFrames), 0);
    expect(Number(aggregate?.rxFrames)).toBeGreaterThan(200);
    // Members receive LACP besides.
    expect(received - Number(aggregate?.rxFrames)).toBeLessThan(30);
  });
});

describe('subinterfaces of an aggregate', () => {
  test('MAC-12: have its MAC and carrier, and their tag crosses by either cable', () => {
    const tagged = lab()
      .replace('ae1: { ipv4: 10.0.1.1/24 }', 'ae1: { }, ae1.10: { ipv4: 10.0.1.1/24 }')
      .replace('sw1:\n      kind: switch', () => {
        return `sw1:\n      kind: switch\n      ports: { ${HOSTS.map((_, index) => `p${index + 1}: { vlan: 10 }`).join(', ')} }`;
      });
    const run = givenFile(tagged).until(seconds(6));
    expect(isUp(run, 'fw1:ae1.10')).toBe(true);
    expect(run.neighbour('a', '10.0.1.1')).toBe('00:50:56:aa:00:01');
    const before = lost(run);
    run.command('link down fw1:eth1').until(seconds(8));
    expect(lost(run)).toEqual(before);
    run.command('link down fw1:eth2').until(seconds(9));
    expect(isUp(run, 'fw1:ae1.10')).toBe(false);
  });
});

describe('a member that is lost', () => {
  test('without carrier is out in the same instant at both ends, and no frame is lost but those on its cable', () => {
    const run = started();
    const before = lost(run);
    run.command('link down fw1:eth1').until(seconds(10));
    for (const [node, name] of [
      ['fw1', 'eth1'],
      ['sw1', 'p21'],
    ] as const) {
      const [out] = run.said('AggregateMemberChanged', { node, interface: name, distributing: false, reason: 'no-carrier' });
      expect(out?.atNs).toBe(seconds(6));
      expect(run.event(out?.cause ?? 0)).toMatchObject({
        type: 'InterfaceLinkChanged',
        data: { node, interface: name, up: false },
      });
    }
    expect(isUp(run, 'fw1:ae1')).toBe(true);
    expect(lost(run)).toEqual(before);
  });

  test('that comes back is used again after 2 s', () => {
    const run = started().command('link down fw1:eth1').until(seconds(10)).command('link up fw1:eth1').until(seconds(12));
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth2']);
    run.until(seconds(12) + ms(1));
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth1', 'fw1:eth2']);
  });

  test.each([
    ['fast', 3],
    ['slow', 90],
  ] as const)('in silence is out when three frames of rate %s are missed', (rate, limit) => {
    const run = givenFile(
      lab({ fw: `mode: active, rate: ${rate}`, sw: `mode: active, rate: ${rate}`, more: 'duration: 200s' }),
    ).until(seconds(40));
    run.command('impair fw1:eth2 loss 100%').command('impair sw1:p22 loss 100%').until(seconds(140));
    const [out] = run.said('AggregateMemberChanged', { node: 'sw1', interface: 'p22', reason: 'partner-silent' });
    const sinceLast = (out?.atNs ?? 0) - seconds(40);
    const periodNs = seconds(limit / 3);
    expect(sinceLast).toBeGreaterThan(seconds(limit) - periodNs - ms(1));
    expect(sinceLast).toBeLessThanOrEqual(seconds(limit));
    expect(run.event(out?.cause ?? 0)).toMatchObject({ type: 'LacpPartnerChanged', data: { state: 'expired' } });
    expect(run.said('LacpPartnerChanged', { node: 'sw1', state: 'lost' })[0]?.atNs).toBe((out?.atNs ?? 0) + seconds(3));
    expect(isUp(run, 'sw1:po1')).toBe(true);
  });

  test('in silence is never noticed by a static aggregate', () => {
    const run = started({ fw: '', sw: '' }).command('impair sw1:p22 loss 100%').until(seconds(40));
    expect(run.said('AggregateMemberChanged')).toEqual([]);
    expect(Math.max(...lost(run))).toBeGreaterThan(1000);
    expect(Math.min(...lost(run))).toBeLessThan(10);
  });

  test('because its switch crashed has that crash behind it', () => {
    const run = started().command('crash sw1').until(seconds(10));
    const [silent] = run.said('LacpPartnerChanged', { node: 'fw1', interface: 'eth1', state: 'expired' });
    expect(run.event(silent?.cause ?? 0)).toMatchObject({ type: 'NodePowerChanged', data: { node: 'sw1' } });
    expect(isUp(run, 'fw1:ae1')).toBe(false);
    run.command('power-on sw1').until(seconds(13));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([true, true]);
  });

  test('takes a static aggregate down only when it was the last', () => {
    const run = started({ fw: '', sw: '' }).command('link down fw1:eth1').until(seconds(7));
    expect([...distributing(run, 'fw1'), ...distributing(run, 'sw1')]).toEqual(['fw1:eth2', 'sw1:p22']);
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([true, true]);
    run.command('link down fw1:eth2').until(seconds(8));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([false, false]);
    expect(run.table('sw1').find(({ mac }) => mac === '00:50:56:aa:00:01')).toBeUndefined();
  });

  test('below min-links takes the whole channel down, and the firewall sees that it is not used', () => {
    const run = started({ minLinks: 2 }).command('link down sw1:p21').until(seconds(7));
    expect(distributing(run, 'sw1')).toEqual([]);
    expect(distributing(run, 'fw1')).toEqual([]);
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([false, false]);
    expect(run.said('AggregateMemberChanged', { interface: 'p22', reason: 'min-links' })).toHaveLength(1);
  });

  test('at a blocked port is out when its frames are missed', () => {
    const run = started().command('port sw1:p21 block').until(seconds(10));
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth2']);
    expect(run.dropped('sw1:p21', 'port-blocked')).toBeGreaterThan(0);
  });
});

test('what is sent by a channel without a member that sends is dropped since it is reported to have carrier all the same', () => {
  const run = givenFile(lab({ fw: PASSIVE })).until(seconds(1));
  run.engine.receive({ type: 'CarrierReported', data: { node: 'sw1', interface: 'po1', up: true } });
  const [drop] = run.until(seconds(5)).said('FrameDropped', { node: 'sw1', interface: 'po1', reason: 'aggregate-member' });
  const since = run.event(run.event(drop?.position ?? 0).cause);
  expect([since.type, run.event(since.cause).type]).toEqual(['InterfaceLinkChanged', 'CarrierReported']);
});

describe('selection', () => {
  test('a member without an LACP partner is not used, and what it receives is dropped because of that', () => {
    const run = givenFile(lab({ last: 'sw1:p8' })).until(seconds(8));
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth1']);
    // The switch floods by a port that is in no channel.
    run.command('arp clear a').until(seconds(9));
    expect(run.dropped('fw1:eth2', 'aggregate-member')).toBeGreaterThan(0);
    // And no bridge passes LACP on: else eth1 and eth2 would hear each other.
    expect(run.dropped('sw1:p8', 'reserved-address')).toBeGreaterThan(3);
    expect(run.said('LacpPartnerChanged', { interface: 'eth2' })).toEqual([]);
  });

  test('of members that lead to two switches, those of one are used', () => {
    const run = givenFile(lab({ last: 'sw2:p21' })).until(seconds(8));
    expect(run.said('LacpPartnerChanged', { node: 'fw1', state: 'heard' })).toHaveLength(2);
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth1']);
    expect(isUp(run, 'sw2:po1')).toBe(false);
  });

  test.each([
    ['', 3],
    [', fast-failover: on', 0],
  ])('above max-ports the rest stand by, by priority; without a member the next takes over%s after %d s', (failover, delay) => {
    const run = started({
      fw: `${ACTIVE}, system-priority: 1, max-ports: 2, port-priority: { eth1: 40000 }${failover}`,
      members: 3,
    });
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth2', 'fw1:eth3']);
    run.command('link down fw1:eth2').until(seconds(6 + delay) + 1);
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth3']);
    run.until(seconds(6 + delay) + ms(1));
    expect(distributing(run, 'fw1')).toEqual(['fw1:eth1', 'fw1:eth3']);
  });

  test('the system with the lower priority decides which ports are used', () => {
    const limited = `${ACTIVE}, max-ports: 1, port-priority: { eth1: 40000 }`;
    const byFirewall = started({ fw: `${limited}, system-priority: 1`, sw: `${PASSIVE}, port-priority: { p22: 40000 }` });
    expect(distributing(byFirewall, 'fw1')).toEqual(['fw1:eth2']);
    const bySwitch = started({ fw: limited, sw: `${PASSIVE}, system-priority: 1, port-priority: { p22: 40000 }` });
    expect(distributing(bySwitch, 'fw1')).toEqual(['fw1:eth1']);
  });
});

describe('a pair', () => {
  /** Two units, each with an aggregate of two cables to a channel of its own; the pair monitors ae1. */
  function pair(settings = '', ha = ''): string {
    const unit = (own: string): string => `{
      kind: firewall, on: esx1, interfaces: { ae1: { ipv4: 10.0.1.1/24 }, ha1: {} },
      aggregates: { ae1: { members: [eth1, eth2], lacp: { ${ACTIVE}${settings} } } } ${own} }`;
    return `
name: pair
topology:
  nodes:
    esx1: { kind: hypervisor }
    fw1: ${unit('')}
    fw2: ${unit('')}
    sw1:
      kind: switch
      port-channels: { po1: { ports: [p11, p12], lacp: { ${PASSIVE} } }, po2: { ports: [p21, p22], lacp: { ${PASSIVE} } } }
    a: { kind: host, gateway: 10.0.1.1, interfaces: { eth0: { ipv4: 10.0.1.11/24 } } }
  links:
    - endpoints: ["fw1:eth1", "sw1:p11"]
    - endpoints: ["fw1:eth2", "sw1:p12"]
    - endpoints: ["fw2:eth1", "sw1:p21"]
    - endpoints: ["fw2:eth2", "sw1:p22"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
    - endpoints: ["a:eth0", "sw1:p1"]
ha:
  edge:
    group: 1
    members: [{ node: fw1, priority: 50 }, { node: fw2 }]
    link-monitoring: { groups: { data: { interfaces: [ae1] } } }
    ${ha}
`;
  }

  test('HA-12: the passive unit speaks no LACP; after a failover its aggregate has carrier 2 s later', () => {
    const run = givenFile(pair()).until(seconds(10));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'fw2:ae1'), isUp(run, 'sw1:po2')]).toEqual([true, false, false]);
    run.command('suspend fw1').until(seconds(20));
    const [active] = run.said('HaStateChanged', { node: 'fw2', to: 'active' });
    const [up] = run.said('InterfaceLinkChanged', { node: 'fw2', interface: 'ae1', up: true });
    expect((up?.atNs ?? 0) - (active?.atNs ?? 0)).toBeGreaterThan(seconds(2));
    expect((up?.atNs ?? 0) - (active?.atNs ?? 0)).toBeLessThan(seconds(2) + ms(1));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'sw1:po1')]).toEqual([false, false]);
  });

  test('HA-12: with pre-negotiation its aggregate has carrier before, and the failover waits for nothing', () => {
    const run = givenFile(pair(', pre-negotiation: on')).until(seconds(10));
    expect([isUp(run, 'fw1:ae1'), isUp(run, 'fw2:ae1'), isUp(run, 'sw1:po2')]).toEqual([true, true, true]);
    run.command('suspend fw1').until(seconds(20));
    expect(run.said('InterfaceLinkChanged', { node: 'fw2', interface: 'ae1' })).toHaveLength(1);
    expect(run.table('sw1').find(({ mac }) => mac === run.state.interfaces['fw2:ae1']?.usedMac)?.port).toBe('sw1:po2');
  });

  test('HA-09: link monitoring of an aggregate fails with its last member, not before, nor while a new active unit negotiates', () => {
    const run = givenFile(pair()).until(seconds(10)).command('link down fw1:eth1').until(seconds(12));
    expect(run.said('HaMonitorFailed')).toEqual([]);
    run.command('link down fw1:eth2').until(seconds(30));
    expect(run.said('HaMonitorFailed').map(({ data, atNs }) => [data.node, data.what, atNs])).toEqual([
      ['fw1', 'ae1', seconds(12)],
    ]);
    expect(run.state.ha['fw2']?.state).toBe('active');
  });

  test('HA-12: with passive link state shutdown the members of the passive unit have no carrier', () => {
    const run = givenFile(pair('', 'passive-link-state: shutdown')).until(seconds(10));
    expect(['fw2:eth1', 'fw2:eth2', 'sw1:p21', 'fw1:eth1'].map((at) => isUp(run, at))).toEqual([false, false, false, true]);
    run.command('suspend fw1').until(seconds(20));
    expect(isUp(run, 'fw2:ae1')).toBe(true);
    expect(run.said('HaMonitorFailed')).toEqual([]);
  });
});
