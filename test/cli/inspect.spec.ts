import { describe, expect, test } from 'vitest';
import { HA_LAB, json, recorded, switchback, TWO_HOSTS } from './switchback.ts';

const data = recorded(HA_LAB);
switchback(['run', TWO_HOSTS, '--data', data]);

describe('inspect', () => {
  test('alone lists what is recorded', () => {
    const { labs } = json<{ labs: { lab: string; virtualTimeNs: number; damage: unknown }[] }>(['inspect', '--data', data]);
    expect(labs).toMatchObject([
      { lab: 'ha-assigned-mac', virtualTimeNs: 60e9, damage: null },
      { lab: 'two-hosts', virtualTimeNs: 2e9, position: 5, damage: null },
    ]);
  });

  test('with a lab shows it at its end', () => {
    const { stdout } = switchback(['inspect', 'ha-assigned-mac', '--data', data]);
    expect(stdout).toMatch(/fw1 +firewall +crashed/);
    expect(stdout).toMatch(/fw2:eth1 +layer3 +10\.0\.1\.1\/24 +00:50:56:bb:00:01/);
    expect(stdout).toMatch(/fw2 +active/);
    expect(stdout).toMatch(/client1 +10\.0\.1\.1 +00:50:56:bb:00:01/);
  });
});

describe('inspect of a NIC', () => {
  const spoof = recorded('labs/spoof-check.lab.yml');
  const vf0 = (moment: string) => {
    const { stdout } = switchback(['inspect', `spoof-check${moment}`, 'nic1', '--data', spoof]);
    const lines = stdout.split('\n');
    return lines.slice(3, 5).map((line) => line.trim());
  };

  test('VF-08: is what ip link show would show, at the end and at any moment', () => {
    // What the trusted VF chose at the end, what the administrator gave it before.
    const address = (mac: string) => `vf 0     link/ether ${mac} brd ff:ff:ff:ff:ff:ff`;
    const administrative = 'fw1:eth1, ready, administrative MAC 52:54:00:aa:00:01, 4 queues';
    expect(vf0('')).toEqual([
      `${address('7c:89:c2:f9:1d:10')}, spoof checking on, link-state auto, trust on, query_rss off`,
      administrative,
    ]);
    expect(vf0('@15s')).toEqual([
      `${address('52:54:00:aa:00:01')}, spoof checking off, link-state auto, trust off, query_rss off`,
      administrative,
    ]);
  });

  test('names the NICs there are when it is none of them', () => {
    const { code, stderr } = switchback(['inspect', 'spoof-check', 'psw', '--data', spoof]);
    expect([code, stderr.trim()]).toEqual([2, 'switchback: lab spoof-check has no NIC psw; its NICs: nic1']);
    expect(switchback(['inspect', 'spoof-check@99999', 'nic1', '--data', spoof]).code).toBe(2);
  });
});
