/** The show commands as functions of a firewall's state; their text over a failover is in test/cli/show.spec.ts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { givenFile } from '../../../test/support/lab-file.ts';
import type { Run } from '../../../test/support/run.ts';
import { readDerived } from '../../engine/derived.ts';
import { nodeNamed } from '../../model/lab/lab-index.ts';
import type { FirewallAt, LostBy, PeerAt } from '../../services/ask/firewall-at.ts';
import { readLinks, readMonitoring } from './ha-links.ts';
import { readInterfaces } from './interfaces.ts';
import type { Answer } from './show.ts';
import { showNamed } from './table.ts';

const HA_LAB = 'labs/ha-assigned-mac.lab.yml';

function textOf(answer: Answer | string): string {
  return typeof answer === 'string' ? answer : answer.text;
}

function givenLab(file: string): Run {
  return givenFile(readFileSync(file, 'utf8'));
}

/** A firewall of a lab that runs in this test, as the reader of a log sees it. */
function firewallOf(run: Run, name: string): FirewallAt {
  const firewall = nodeNamed(run.engine.lab, name);
  if (firewall?.kind !== 'firewall') throw new Error(`${name} is no firewall`);
  return {
    firewall,
    index: run.engine.lab,
    position: run.engine.position,
    nowNs: run.nowNs,
    recorded: run.state,
    derived: readDerived(run.engine),
    ha: null,
    neighbourTable: { size: 32, timeoutNs: 1800e9 },
    macTable: { size: 4096, timeoutNs: 1800e9 },
  };
}

test('MODE-02: show mac all has what layer-2 interfaces learned, by VLAN object', () => {
  const run = givenLab('labs/layer2-needs-promiscuous.lab.yml').command('set vsw promiscuous accept').until(2e9);
  const text = textOf(showNamed(['show', 'mac', 'all']).answer(firewallOf(run, 'fw')));
  expect(`${text}\n`).toBe(readFileSync('test/cli/golden/show-mac-all.txt', 'utf8'));
});

test('MODE-02, MODE-03, MODE-04: show interface all says what forwards the frames of an interface', () => {
  const forwarding = (file: string): string[] =>
    readInterfaces(firewallOf(givenLab(`labs/${file}.lab.yml`), 'fw')).interfaces.map((one) => one.forwarding);
  expect(forwarding('vwire-carries')).toEqual(['vwire:eth2', 'vwire:eth1']);
  expect(forwarding('layer2-needs-promiscuous')).toEqual(['vlan:office', 'vlan:office']);
  expect(forwarding('tap-sees')).toContain('tap');
});

test('ARP-01: an address that nobody has answered for yet is incomplete', () => {
  const run = givenLab(HA_LAB).command('crash server').until(2.5e9);
  const lines = textOf(showNamed(['show arp all']).answer(firewallOf(run, 'fw1'))).split('\n');
  expect(lines.slice(-3).map((line) => line.split(/ +/))).toEqual([
    ['eth1', '10.0.1.11', '02:00:00:11:95:e1', 'eth1', 'c', '1798'],
    ['eth1', '10.0.1.12', '02:00:00:c8:1f:ef', 'eth1', 'c', '1798'],
    ['eth2', '192.0.2.10', '(incomplete)', 'eth2', 'i'],
  ]);
});

function haState(peer: PeerAt, nowSeconds: number): string {
  const at: FirewallAt = {
    ...firewallOf(givenLab(HA_LAB), 'fw2'),
    nowNs: nowSeconds * 1e9,
    ha: { state: 'active', sinceNs: 30e9, peer },
  };
  return textOf(showNamed(['show high-availability state']).answer(at));
}

test.each<[LostBy, string]>([
  ['heartbeat', 'Heartbeat ping failure'],
  ['hello', 'Hello protocol failure'],
  ['link', 'HA1 link went down'],
  ['never', 'Never able to connect to peer'],
])('HA-04, HA-07: a peer that was lost by %s has no state, and a reason in the words of the vendor', (lostBy, reason) => {
  const [, peer = ''] = haState({ isConnected: false, lostBy }, 40).split('Peer Information:');
  expect(peer).toContain(`Connection status: down\n    Connection down reason: ${reason}\n`);
  expect(peer).not.toContain('State:');
});

test.each([
  [39, '9 seconds'],
  [90, '1 minutes'],
  [30 + 7200, '2 hours'],
  [30 + 45 * 86_400, '45 days'],
])('at %i s a state is as old as whole units of the largest that fits say: %s', (now, age) => {
  expect(haState({ isConnected: true, state: 'passive', sinceNs: 30e9 }, now)).toContain(`State: active (last ${age})`);
});

test('HA-03, HA-09: a cut HA2 and a monitored interface without carrier are down, as the unit holds them', () => {
  const run = givenLab('test/cli/fixtures/full-ha.lab.yml').until(5e9);
  const ha2 = (): unknown => readLinks(firewallOf(run, 'fw1'))?.ha2;
  const monitored = (): unknown => readMonitoring(firewallOf(run, 'fw1'))[0]?.groups[0]?.of;
  expect(ha2()).toMatchObject({ local: { state: 'up' }, peer: { connection: 'up' } });
  expect(monitored()).toEqual([{ what: 'eth1', state: 'up' }]);
  run.command('link down fw1:ha2').command('link down fw1:eth1').until(9e9);
  expect(ha2()).toMatchObject({ local: { state: 'down' }, peer: { connection: 'down' } });
  expect(monitored()).toEqual([{ what: 'eth1', state: 'down' }]);
});

const BOTH_FAMILIES = `name: routes
topology:
  nodes:
    h: { kind: hypervisor, platform: kvm }
    fw:
      kind: firewall
      on: h
      gateway: 192.0.2.9
      ipv6-gateway: 2001:db8:2::9
      interfaces:
        eth1: { ipv4: 10.0.1.1/24, ipv6: { addresses: 2001:db8:1::1/64 } }
        eth2: { ipv4: 192.0.2.1/24, ipv6: { addresses: 2001:db8:2::1/64 } }
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.1.9/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 192.0.2.9/24, ipv6: { addresses: 2001:db8:2::9/64 } } } }
  links: [ { endpoints: ["fw:eth1", "a:eth0"] }, { endpoints: ["fw:eth2", "b:eth0"] } ]
`;

test('ND-01, ARP-01: show arp has the neighbours of IPv4, and show neighbor those of IPv6', () => {
  const run = givenFile(BOTH_FAMILIES).until(5e9);
  run.command('ping fw 10.0.1.9').command('ping fw 2001:db8:2::9').until(7e9);
  const of = (command: string): string[] =>
    textOf(showNamed([command]).answer(firewallOf(run, 'fw')))
      .split('\n')
      .filter((line) => line.startsWith('eth'))
      .map((line) => line.split(/ +/).slice(0, 4).join(' '));
  const mac = (name: string): string => run.state.interfaces[`${name}:eth0`]?.usedMac ?? '';
  expect(of('show arp all')).toEqual([`eth1 10.0.1.9 ${mac('a')} eth1`]);
  const neighbours = of('show neighbor interface all');
  expect(neighbours).toContain(`eth2 2001:db8:2::9 ${mac('b')} reachable`);
  expect(neighbours.every((line) => line.startsWith('eth2 '))).toBe(true);
});

test('ND-01: an IPv6 address that nobody has answered for yet is incomplete', () => {
  const run = givenFile(BOTH_FAMILIES).until(5e9).command('ping fw 2001:db8:2::99').until(5.1e9);
  const text = textOf(showNamed(['show neighbor interface all']).answer(firewallOf(run, 'fw')));
  expect(text.replace(/ +/g, ' ')).toContain('eth2 2001:db8:2::99 (incomplete) incomplete');
});

test('show routing route has both families, and a route whose interface is down is not active', () => {
  const run = givenFile(BOTH_FAMILIES).until(5e9);
  const rows = (): string[] =>
    textOf(showNamed(['show routing route']).answer(firewallOf(run, 'fw')))
      .split('\n')
      .filter((line) => /^[0-9a-f.:]+\//.test(line))
      .map((line) =>
        line
          .split(/ {2,}| (?=[A ] [CHS])/)
          .join('|')
          .replace(/\|+/g, '|'),
      );
  expect(rows()).toEqual([
    '0.0.0.0/0|192.0.2.9|10|A S|eth2',
    '::/0|2001:db8:2::9|10|A S|eth2',
    '10.0.1.0/24|10.0.1.1|0|A C|eth1',
    '10.0.1.1/32|0.0.0.0|0|A H',
    '2001:db8:1::/64|2001:db8:1::1|0|A C|eth1',
    '2001:db8:1::1/128|::|0|A H',
    '192.0.2.0/24|192.0.2.1|0|A C|eth2',
    '192.0.2.1/32|0.0.0.0|0|A H',
    '2001:db8:2::/64|2001:db8:2::1|0|A C|eth2',
    '2001:db8:2::1/128|::|0|A H',
  ]);
  run.command('link down fw:eth2').until(6e9);
  expect(rows().filter((line) => line.includes('192.0.2'))).toEqual(['0.0.0.0/0|192.0.2.9|10|S']);
});
