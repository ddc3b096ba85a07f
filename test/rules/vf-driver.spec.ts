/**
 * Rules RSS-03 and MBX-08: what a guest's VF driver requests, when the lab file says that it is an old one.
 *
 *   outside ── wire  nic (X540)  vf0 ── g0
 */
import { afterEach, describe, expect, test } from 'vitest';
import { ETHERTYPE, emitEthernet } from '../../ts/wire/ethernet.ts';
import { plainFrame } from '../support/frames.ts';
import { mac, ms } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const OWN = '02:00:5e:20:00:02';
const OUTSIDE = '00:00:5e:00:53:fe';
const GROUP = '01:00:5e:00:00:12';
const IPV4_HEADER = 20;
const TCP = 6;

interface Options {
  readonly model?: string;
  readonly more?: string;
}

function file(api: string, { model = 'x540', more = '' }: Options = {}): string {
  return `name: driver
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 1, ports: { vf0: { trust: on } }, pf: { promiscuous: on } }
    g0: { kind: firewall, on: h, ${more}interfaces: { eth1: { mac: ${OWN}, mailbox-api: ${api} } } }
    outside: { kind: host, interfaces: { eth0: { mac: ${OUTSIDE} } } }
  links: [ { endpoints: ["outside:eth0", "nic:wire"] }, { endpoints: ["g0:eth1", "nic:vf0"] } ]
`;
}

/** What the driver asked when its guest started. */
function asked(run: Run): string[] {
  return run.said('VfMailboxReply').map(({ data }) => `${data.op} ${data.detail}`);
}

/** Queues of the VF that many TCP connections from outside come in by. */
function queuesUsed(run: Run): number[] {
  for (let connection = 0; connection < 64; connection++) {
    const payload = new Uint8Array(60);
    payload.set([0x45, 0, 0, 60], 0);
    payload.set([TCP], 9);
    payload.set([10, 0, 0, 9, 10, 0, 0, 1], 12);
    payload.set([connection, 7, 1, 187], IPV4_HEADER);
    run.receives('nic:wire', emitEthernet({ src: mac(OUTSIDE), dst: mac(OWN), etherType: ETHERTYPE.ipv4, payload }));
  }
  run.pass(ms(1));
  const frames = Array.from({ length: 16 }, (_, queue) => Number(run.control.readQueueFrames(run.port('nic:vf0'), queue)));
  return frames.flatMap((count, queue) => (count > 0 ? [queue] : []));
}

describe('a VF driver that speaks an old mailbox', () => {
  test('RSS-03b, MBX-08: one of version 1.0 does not ask for queues, and every connection comes in by the one it has', () => {
    const run = givenFile(file('1.0'));
    expect(asked(run)).toEqual(['RESET no-admin-mac', 'API_NEGOTIATE 1.0', `SET_MAC_ADDR ${OWN}`, 'SET_MULTICAST 0 groups']);
    expect(run.state.functions['nic:vf0']).toMatchObject({ api: '1.0', queues: 1, enabledQueues: 1 });
    expect(queuesUsed(run)).toEqual([0]);
  });

  test('RSS-03b, MBX-08: one of version 1.1 has the four queues that the newest one has', () => {
    for (const api of ['1.1', '1.4']) {
      const run = givenFile(file(api));
      expect(asked(run)).toContain('GET_QUEUES 4');
      expect(queuesUsed(run)).toEqual([0, 1, 2, 3]);
    }
  });

  test('MBX-09: before 1.3 a driver cannot ask to be promiscuous, and before 1.2 for no mode at all; multicast it hears', () => {
    const layer2 = (api: string) =>
      givenFile(
        file(api, { more: 'vlans: { office: { interfaces: [eth1] } }, ' }).replace('mailbox-api', 'mode: layer2, mailbox-api'),
        ['nic'],
      );
    for (const api of ['1.1', '1.2']) {
      const run = layer2(api);
      expect(asked(run).at(-1)).toBe('SET_MULTICAST 0 groups');
      expect(run.state.functions['nic:vf0']?.mode).toMatchObject({ multicast: true, promiscuous: false });
    }
    expect(asked(layer2('1.3')).at(-1)).toBe('UPDATE_XCAST_MODE promiscuous');
    const run = givenFile(file('1.1'), ['nic']).command('vf nic:vf0 request 00010003 00000120');
    run.forgetSeen().receives('nic:wire', plainFrame(OUTSIDE, GROUP)).pass(ms(1));
    expect(run.sentBy('nic')).toContain('vf0');
  });

  test('MBX-08: a version that no driver has is refused, and one that nobody speaks changes nothing', () => {
    expect(validated(file('1.5'))).toEqual([expect.stringMatching(/a version of the mailbox \(1\.0, 1\.1, 1\.2, 1\.3, 1\.4\)/)]);
    expect(validated(file('"1.0"')).filter((line) => line.includes('mailbox'))).toEqual([]);
    expect(validated(file('1.0', { model: 'x710' })).filter((line) => line.includes('mailbox'))).toEqual([
      expect.stringMatching(/interfaces eth1 mailbox-api of g0 changes nothing: only the driver of a VF of 10G.*\[MBX-08\]$/),
    ]);
  });
});
