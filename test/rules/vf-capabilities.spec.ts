/**
 * Rule VCH-01d: of what its driver knows, a VF gets what the driver of its PF knows, too.
 *
 *   g (eth0, eth0.7) ── vf0 ── nic ── wire ── outside
 */
import { afterEach, describe, expect, test } from 'vitest';
import { plainFrame } from '../support/frames.ts';
import { ms } from '../support/lab.ts';
import { givenFile, validated } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const OWN = '02:00:5e:20:00:02';
const OUTSIDE = '00:00:5e:00:53:fe';

interface Known {
  readonly model?: string;
  /** What the PF's driver knows, and the guest's, as the file lists it; absent for all. */
  readonly pf?: string;
  readonly guest?: string;
}

function file({ model = 'x710', pf, guest }: Known): string {
  const known = pf === undefined ? '' : `, vf-capabilities: ${pf}`;
  const ports = guest === undefined ? '' : `, ports: { vf0: { driver-capabilities: ${guest} } }`;
  return `name: capabilities
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    nic: { kind: nic, on: h, model: ${model}, vfs: 1${known}${ports} }
    g:
      kind: firewall
      on: h
      interfaces: { eth1: { mac: "${OWN}", ipv4: 10.0.0.1/24 }, eth1.7: { ipv4: 10.0.7.1/24 } }
    outside: { kind: host, interfaces: { eth0: { mac: "${OUTSIDE}", ipv4: 10.0.0.9/24 } } }
  links: [ { endpoints: ["g:eth1", "nic:vf0"] }, { endpoints: ["outside:eth0", "nic:wire"] } ]
`;
}

function resources(run: Run): string {
  return run.said('VfMailboxReply', { op: 'GET_VF_RESOURCES' }).at(-1)?.data.detail ?? '';
}

/** What the PF answers a message that is written by hand. */
function ask(run: Run, message: string): string {
  run.command(`vf nic:vf0 request ${message}`);
  const reply = run.said('VfMailboxReply').at(-1)?.data;
  return `${reply?.ack ? 'ack' : 'nack'} ${reply?.detail}`;
}

/** Whether a frame of VLAN 7 from the wire reaches the guest. */
function hearsVlan(run: Run): boolean {
  run
    .forgetSeen()
    .receives('nic:wire', plainFrame(OUTSIDE, OWN, 7))
    .pass(ms(1));
  return run.sentBy('nic').includes('vf0');
}

describe('capabilities of a VF of 40G', () => {
  test('VCH-01d: two drivers that know everything: nothing is withheld, and the guest hears its VLAN', () => {
    const run = givenFile(file({}), ['nic']);
    expect(resources(run)).toBe('4 queue pairs, key 52, table 64, vlan-offload');
    expect(run.said('VfCapabilitiesChanged')).toEqual([]);
    expect(hearsVlan(run)).toBe(true);
  });

  test.each([
    ["the guest's driver", { guest: '[rss-pf, req-queues]' }],
    ["the PF's driver", { pf: '[rss-pf, req-queues]' }],
  ])('VCH-01d: %s does not know VLANs: the VF is a member of none, and tagged frames do not reach the guest', (_, known) => {
    const run = givenFile(file(known), ['nic']);
    expect(resources(run)).toBe('4 queue pairs, key 52, table 64, without vlan');
    expect(run.said('VfCapabilitiesChanged').map(({ data }) => data.withheld)).toEqual([['vlan']]);
    expect([...run.control.readPoolVlans(run.port('nic:vf0'))]).toEqual([0]);
    expect(hearsVlan(run)).toBe(false);
    expect(validated(file(known)).some((one) => one.includes('capability vlan') && one.endsWith('[VCH-01]'))).toBe(true);
  });

  test('VCH-01d: each knows another part, and only what both know is granted', () => {
    const run = givenFile(file({ pf: '[rss-pf, vlan]', guest: '[req-queues, vlan]' }), ['nic']);
    expect(resources(run)).toBe('4 queue pairs, key 52, table 64, vlan-offload, without req-queues rss-pf');
    expect([
      ask(run, 'REQUEST_QUEUES 8'),
      ask(run, `CONFIG_RSS_KEY ${'6d'.repeat(52)}`),
      ask(run, `CONFIG_RSS_LUT ${'00'.repeat(64)}`),
    ]).toEqual(['nack not-granted', 'nack not-granted', 'nack not-granted']);
    expect(hearsVlan(run)).toBe(true);
  });

  test('VCH-01d: a driver that asks again for more gets it, and what it was not granted before is no longer refused', () => {
    const run = givenFile(file({ guest: '[]' }), ['nic']);
    expect(ask(run, 'ADD_VLAN 7')).toBe('nack not-granted');
    expect(ask(run, 'GET_VF_RESOURCES l2 vlan unheard-of')).toContain('vlan-offload, without req-queues rss-pf');
    expect(run.said('VfCapabilitiesChanged').map(({ data }) => data.withheld.join(' '))).toEqual([
      'req-queues rss-pf vlan',
      'req-queues rss-pf',
    ]);
    expect(ask(run, 'ADD_VLAN 7')).toBe('ack ');
    expect(hearsVlan(run)).toBe(true);
  });

  test('VCH-01d: the mailbox of 10G knows no capabilities', () => {
    expect(validated(file({ model: 'x550', pf: '[vlan]' }))).toEqual([
      expect.stringMatching(/error: an X550 has a mailbox, which knows no capabilities; they belong to NICs of 40G \[VCH-01\]$/),
    ]);
  });
});
