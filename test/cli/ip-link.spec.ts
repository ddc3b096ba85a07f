/** Rule VF-08: a NIC in the lines of iproute2. */
import { afterEach, expect, test } from 'vitest';
import { ipLinkText } from '../../ts/cli/ip-link.ts';
import type { VfConfig } from '../../ts/model/hardware/nic.ts';
import { publishNic } from '../../ts/services/publish/publish-nic.ts';
import { host, hypervisor, lab, link, ms, nic } from '../support/lab.ts';
import { everyFrameIsAccountedFor, given, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const ADMIN = '52:54:00:aa:00:01';
const OWN = '52:54:00:bb:00:01';

function fixture(vfs: readonly Partial<VfConfig>[], options: object = {}): Run {
  const run = given(
    lab(
      hypervisor('esx1'),
      nic('nic', { vfs, pfMac: '02:00:00:00:00:01', ...options }),
      host('g0', { on: 'esx1', mac: OWN }),
      host('outside'),
      link('g0:eth0', 'nic:vf0'),
      link('outside:eth0', 'nic:wire'),
    ),
  );
  return run.pass(ms(20));
}

function lines(run: Run): string[] {
  const published = publishNic(run.state, 'nic');
  return published === null ? [] : ipLinkText(published).split('\n');
}

test('VF-08: set mac, then show: the same MAC, spoof check on, trust off, state auto', () => {
  const run = fixture([{}]).command(`ip link set nic:pf vf 0 mac ${ADMIN}`).pass(ms(20));
  expect(lines(run)).toEqual([
    'nic:pf: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP',
    '    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff',
    '    X550, 10,000 Mbit/s, veb',
    `    vf 0     link/ether ${ADMIN} brd ff:ff:ff:ff:ff:ff, spoof checking on, link-state auto, trust off, query_rss off`,
    `             g0:eth0, ready, administrative MAC ${ADMIN}, 4 queues`,
  ]);
});

test('VF-08: shows the MAC a VF chose itself, and one that a trusted VF put in place of the administrative one', () => {
  expect(lines(fixture([{}]))[3]).toContain(`vf 0     link/ether ${OWN} brd`);
  const trusted = lines(fixture([{ adminMac: ADMIN, trusted: true }]).command(`guest-mac g0:eth0 ${OWN}`));
  expect(trusted[3]).toContain(`vf 0     link/ether ${OWN} brd`);
  expect(trusted[4]).toContain(`administrative MAC ${ADMIN}`);
  // A VF that nobody uses has none.
  expect(lines(fixture([{}, {}]))[5]).toContain('vf 1     link/ether 00:00:00:00:00:00 brd');
});

test('VF-08: everything an administrator can set has its place in the line, in the order of iproute2', () => {
  const run = fixture([{}], { model: 'x540' }).command(
    'ip link set nic:pf vf 0 vlan 10 qos 3 max_tx_rate 3000 spoofchk off state disable trust on query_rss on',
  );
  expect(lines(run)[3]).toBe(
    `    vf 0     link/ether ${OWN} brd ff:ff:ff:ff:ff:ff, vlan 10, qos 3, tx rate 3000 (Mbps), max_tx_rate 3000Mbps, ` +
      'spoof checking off, link-state disable, trust on, query_rss on',
  );
});

test('VF-08: the second line says what the first cannot', () => {
  const run = fixture([{}]).command('vf nic:vf0 request 00010006 305e0002 00000300').command('vf nic:vf0 request 00010004 64');
  expect(lines(run)[4]).toBe('             g0:eth0, ready, also 02:00:5e:30:00:03, VLANs 100, spoof check suspended, 4 queues');
  const trusted = fixture([{ trusted: true }], { model: 'x710' }).command('vf nic:vf0 request CONFIG_PROMISCUOUS_MODE 3');
  expect(lines(trusted)[4]).toBe(
    '             g0:eth0, ready, receives all unicast and all multicast, link speed reported to the VF: 10,000 Mbit/s, 4 queues',
  );
});

test('VF-13: a PF without carrier says so, and one without power is not up', () => {
  const run = fixture([{}]).command('link down nic:wire').command('ip link set nic:pf promisc on');
  expect(lines(run)[0]).toBe('nic:pf: <NO-CARRIER,BROADCAST,MULTICAST,PROMISC,UP> mtu 1500 state DOWN');
  expect(lines(run.command('crash nic'))[0]).toBe('nic:pf: <BROADCAST,MULTICAST,PROMISC> mtu 1500 state DOWN');
});

test('VF-01: VFs come in the order of their numbers, and those that are not enabled not at all', () => {
  const run = fixture(Array(12).fill({}), { enabledVfs: 11 });
  const numbers = lines(run).flatMap((line) => /^ {4}vf (\d+) /.exec(line)?.[1] ?? []);
  expect(numbers).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
});
