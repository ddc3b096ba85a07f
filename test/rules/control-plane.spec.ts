/**
 * Rule COST-09: how long control planes take, where a lab file says so.
 *
 *   g ── psw ──┬── nic  vf0 ── fw1 ── ha1 ┐
 *              └── nib  vf0 ── fw2 ── ha1 ┘
 */
import { afterEach, describe, expect, test } from 'vitest';
import { PUBLISHED_TIMES } from '../../ts/model/lab/control-plane.ts';
import { plainFrame } from '../support/frames.ts';
import { ms, seconds } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const HOST = '02:00:5e:00:00:09';
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

interface Parts {
  readonly times?: string;
  readonly model?: string;
  readonly pair?: string;
}

function file({ times = '', model = 'x540', pair = '' }: Parts = {}): string {
  const unit = (n: number, nic: string) => `    h${n}: { kind: hypervisor, platform: kvm }
    ${nic}: { kind: nic, on: h${n}, model: ${model}, vfs: 1 }
    fw${n}: { kind: firewall, on: h${n}, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
`;
  return `name: times
topology:
  nodes:
${unit(1, 'nic')}${unit(2, 'nib')}    psw: { kind: switch }
    g: { kind: host, interfaces: { eth0: { mac: ${HOST}, ipv4: 10.0.1.9/24 } } }
  links:
    - endpoints: ["g:eth0", "psw:p3"]
    - endpoints: ["nic:wire", "psw:p1"]
    - endpoints: ["nib:wire", "psw:p2"]
    - endpoints: ["fw1:eth1", "nic:vf0"]
    - endpoints: ["fw2:eth1", "nib:vf0"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { edge: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ]${pair} } }
${times === '' ? '' : `control-plane: ${times}\n`}`;
}

/** When the PF of the first NIC answered, in microseconds. */
function answers(run: Run): number[] {
  return run.said('VfMailboxReply', { node: 'nic' }).map(({ atNs }) => atNs / 1000);
}

/** When a unit took a role. */
function roleAt(run: Run, node: string, to: 'active' | 'passive'): number | undefined {
  return run.said('HaStateChanged', { node, to }).at(-1)?.atNs;
}

function upAt(run: Run, node: string): number | undefined {
  return run.said('InterfaceLinkChanged', { node, up: true }).at(-1)?.atNs;
}

/** Whether a broadcast from the host comes out at the first VF. */
function hears(run: Run): boolean {
  run.forgetSeen().receives('psw:p3', plainFrame(HOST, BROADCAST)).pass(ms(0.1));
  return run.sentBy('nic').includes('vf0');
}

describe('a file with control-plane', () => {
  test('COST-09a, COST-09c: a driver of 10G has its requests answered one after the other, half a millisecond apart', () => {
    const run = givenFile(file({ times: '{ mailbox-request: 500us }' })).until(ms(10));
    expect(answers(run)).toEqual([500, 1000, 1500, 2000, 2500]);
    expect(run.said('VfMailboxReply', { node: 'nic' }).map(({ data }) => data.op)).toEqual([
      'RESET',
      'API_NEGOTIATE',
      'GET_QUEUES',
      'SET_MAC_ADDR',
      'UPDATE_XCAST_MODE',
    ]);
    expect(new Set(answers(givenFile(file()).until(ms(10))))).toEqual(new Set([0]));
  });

  test('COST-09a, COST-09c: a driver of 40G too, and each takes what the file says', () => {
    const run = givenFile(file({ times: '{ mailbox-request: 2ms }', model: 'x710' })).until(ms(30));
    expect(answers(run)).toEqual([2000, 4000, 6000, 8000, 10_000]);
    expect(run.state.functions['nic:vf0']).toMatchObject({ status: 'ready', queues: 4, enabledQueues: 15 });
  });

  test('COST-09a, COST-09c: a VF that is reset receives nothing for 100 ms, and what an older reset had begun is forgotten', () => {
    const run = givenFile(file({ times: '{ vf-reset: 100ms }' }), ['nic']).until(seconds(1));
    expect(answers(run)[0]).toBe(100_000);
    expect(hears(run)).toBe(true);
    run.command('vf nic:vf0 reload');
    expect(hears(run)).toBe(false);
    run.pass(ms(50)).command('vf nic:vf0 reload').pass(ms(60));
    expect(hears(run)).toBe(false);
    expect(hears(run.pass(ms(45)))).toBe(true);
    expect(run.said('VfReset', { node: 'nic' })).toHaveLength(2);
    expect(run.dropsAt('nic')).toContain('vf0 no-descriptor');
  });

  test('COST-09a, COST-09c: a promotion takes a millisecond from its decision, and a peer that is heard meanwhile ends it', () => {
    const promoted = (times: string) => {
      const run = givenFile(file({ times })).until(seconds(5)).command('crash fw1').until(seconds(20));
      return roleAt(run, 'fw2', 'active') ?? 0;
    };
    expect(promoted('{ promotion: 1ms }') - promoted('')).toBe(1_000_000);
    expect(promoted('{ promotion: 250ms }') - promoted('')).toBe(250_000_000);
    const run = givenFile(file({ times: '{ promotion: 5s }' })).until(seconds(12));
    expect([run.state.ha['fw1']?.state, run.state.ha['fw2']?.state]).toEqual(['active', 'passive']);
    run.command('link down fw1:ha1').until(seconds(18.5)).command('link up fw1:ha1').until(seconds(40));
    expect(run.said('HaPeerLost', { node: 'fw2' })).toHaveLength(1);
    expect(run.state.ha['fw2']?.state).toBe('passive');
    expect(roleAt(run, 'fw2', 'active')).toBeUndefined();
  });

  test('COST-09a, COST-09c: a hello takes a millisecond over HA1, unless its cable has a latency of its own', () => {
    const elected = (text: string) => givenFile(text).until(ms(50)).said('HaStateChanged', { node: 'fw1' })[0]?.atNs ?? 0;
    const plain = elected(file());
    // What decides has crossed HA1 once or twice.
    expect(elected(file({ times: '{ ha1: 1ms }' })) - plain).toBe(999_000);
    const own = file({ times: '{ ha1: 1ms }' }).replace('["fw1:ha1", "fw2:ha1"]', '["fw1:ha1", "fw2:ha1"]\n      latency: 1us');
    expect(elected(own)).toBe(plain);
    const switched = file({ times: '{ ha1: 1ms }' })
      .replace('- endpoints: ["fw1:ha1", "fw2:ha1"]', '- endpoints: ["fw1:ha1", "hsw:p1"]\n    - endpoints: ["fw2:ha1", "hsw:p2"]')
      .replace('    psw:', '    hsw: { kind: switch }\n    psw:');
    expect(
      givenFile(switched)
        .engine.lab.lab.links.map(({ latencyNs }) => latencyNs)
        .slice(-2),
    ).toEqual([500_000, 500_000]);
  });

  test('COST-09b, COST-09c: carrier comes up to four seconds after the cable, and not at all for one that was pulled out again', () => {
    const run = givenFile(file({ times: '{ carrier: 4s }' }))
      .until(seconds(1))
      .command('link down g:eth0')
      .until(seconds(2));
    run.command('link up g:eth0').until(seconds(5)).command('link up psw:p3').until(seconds(7));
    expect([upAt(run, 'g'), upAt(run, 'psw')]).toEqual([seconds(6), seconds(6)]);
    run.command('link down g:eth0').command('link up g:eth0').until(seconds(8)).command('link down g:eth0').until(seconds(20));
    expect(run.state.interfaces['g:eth0']?.isUp).toBe(false);
    run.command('link up g:eth0').command('crash psw').command('crash g').until(seconds(25));
    expect(upAt(run, 'g')).toBe(seconds(24));
  });

  test('COST-09b, COST-09c: the links of a promoted unit need as long, unless the pair says how long', () => {
    const bringup = (pair: string) => {
      const { haPairs } = givenFile(file({ times: '{ carrier: 3s }', pair })).engine.lab.lab;
      return haPairs[0]?.linkBringupNs;
    };
    expect(bringup(', passive-link-state: shutdown')).toBe(seconds(3));
    expect(bringup(', passive-link-state: shutdown, link-bringup: 1s')).toBe(seconds(1));
    expect(bringup('')).toBeUndefined();
  });

  test('COST-09b, COST-09c: a call to a cloud takes 20 s unless the file, or the pair, says another time', () => {
    const call = (times: string, cloud = '') => {
      const text = `name: cloud
topology:
  nodes:
    z: { kind: hypervisor, platform: azure }
    vnet: { kind: switch, fabric: azure }
    fw1: { kind: firewall, on: z, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
    fw2: { kind: firewall, on: z, interfaces: { eth1: { ipv4: 10.0.1.1/24 } } }
  links:
    - endpoints: ["fw1:eth1", "vnet:p1"]
    - endpoints: ["fw2:eth1", "vnet:p2"]
    - endpoints: ["fw1:ha1", "fw2:ha1"]
ha: { edge: { group: 1, members: [ { node: fw1, priority: 50 }, { node: fw2 } ]${cloud} } }
${times}`;
      const run = givenFile(text).until(seconds(5)).command('crash fw1').until(seconds(80));
      const [started] = run.said('CloudCallStarted', { node: 'fw2' });
      return (run.said('CloudCallEnded', { node: 'fw2' })[0]?.atNs ?? 0) - (started?.atNs ?? 0);
    };
    expect(call('')).toBe(seconds(20));
    expect(call('control-plane: { cloud-call: 60s }\n')).toBe(seconds(60));
    expect(call('control-plane: { cloud-call: 60s }\n', ', cloud: { takes: 30s }')).toBe(seconds(30));
  });

  test('COST-09c: "published" has every value of the rule, and a file without it has none', () => {
    const { mailboxNs, vfResetNs, promotionNs, carrierNs } = PUBLISHED_TIMES;
    const published = givenFile(file({ times: 'published' }));
    expect(published.engine.lab.lab.controlPlane).toEqual({ mailboxNs, vfResetNs, promotionNs, carrierNs });
    expect([mailboxNs, vfResetNs, promotionNs, carrierNs]).toEqual([ms(0.5), ms(100), ms(1), seconds(4)]);
    expect(published.until(seconds(5)).state.functions['nic:vf0']?.status).toBe('ready');
    expect(givenFile(file()).engine.lab.lab.controlPlane).toBeUndefined();
    expect(validated(file({ times: 'quick' }))).toEqual([
      expect.stringMatching(/control-plane times \(published, or a map of times\)/),
    ]);
  });
});
