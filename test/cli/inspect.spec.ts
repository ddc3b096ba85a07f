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
