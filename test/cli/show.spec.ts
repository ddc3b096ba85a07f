/**
 * The show commands of firewalls. Their text at three positions of a failover is in test/cli/golden:
 *
 *     20.5 s fw1 crashes      28 s fw2 loses its peer      30 s fw2 is active
 *   ──┼────────┼─────────────────┼────┼───────────────────────┼─────────┼──
 *    20 s                            29 s                              40 s
 *
 * After a change of the text, UPDATE_GOLDEN=1 npx vitest run test/cli/show.spec.ts writes it into the files.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../ts/cli/show/show.ts';
import { SHOWS, showNamed } from '../../ts/cli/show/table.ts';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { openEmbeddedSnapshots } from '../../ts/log/embedded/snapshots.ts';
import { firewallAt } from '../../ts/services/ask/firewall-at.ts';
import { HA_LAB, json, recorded, switchback } from './switchback.ts';

const data = recorded(HA_LAB);
const fullData = recorded('test/cli/fixtures/full-ha.lab.yml');
const sessionData = recorded('labs/stateful-failover.lab.yml');
const layer2Data = recorded('labs/layer2-needs-promiscuous.lab.yml');
const LAB = 'ha-assigned-mac';

/** What a firewall answers at a time, in seconds. */
async function shows(command: string, seconds: number, lab = LAB, store = data, node = 'fw2'): Promise<string> {
  const log = await openEmbeddedLog(store, { create: false });
  try {
    const options = { derived: showNamed([command]).isDerived, snapshots: openEmbeddedSnapshots(store) };
    const at = await firewallAt(log, lab, node, { atNs: (seconds * 1e9) as never }, options);
    return at === null ? 'no firewall' : textOf(showNamed([command]).answer(at));
  } finally {
    await log.close();
  }
}

function textOf(answer: Answer | string): string {
  return typeof answer === 'string' ? answer : answer.text;
}

describe('at three positions of a failover', () => {
  test.each([
    'show high-availability all',
    'show high-availability state',
    'show arp all',
    'show interface all',
    'show config running',
  ])('%s', async (command) => {
    const parts: string[] = [];
    for (const seconds of [20, 29, 40]) parts.push(`── ${seconds} s ──\n${await shows(command, seconds)}\n`);
    isGolden(command, parts.join('\n'));
  });
});

test('HA-02, HA-03, HA-09, HA-10: show high-availability all has HA2, backups and monitors: whole, after HA1 and HA2 are cut, and after a failover', async () => {
  const parts: string[] = [];
  for (const [seconds, node] of [
    [9, 'fw1'],
    [19, 'fw1'],
    [29, 'fw1'],
  ] as const) {
    parts.push(`── ${node}, ${seconds} s ──\n${await shows('show high-availability all', seconds, 'full-ha', fullData, node)}\n`);
  }
  isGolden('show high-availability all full', parts.join('\n'));
});

test.each(['show session all', 'show session info'])(
  '%s of both units before a failover, and of the one that takes over',
  async (command) => {
    const parts: string[] = [];
    for (const [node, seconds] of [
      ['fw1', 20],
      ['fw2', 20],
      ['fw2', 29],
      ['fw2', 40],
    ] as const) {
      parts.push(`── ${node}, ${seconds} s ──\n${await shows(command, seconds, 'stateful-failover', sessionData, node)}\n`);
    }
    isGolden(command, parts.join('\n'));
  },
);

test('MODE-02: show mac all before any frame, while the server is not heard, and when both are', async () => {
  const parts: string[] = [];
  for (const seconds of [0.1, 2.9, 5]) {
    parts.push(`── ${seconds} s ──\n${await shows('show mac all', seconds, 'layer2-needs-promiscuous', layer2Data, 'fw')}\n`);
  }
  isGolden('show mac all three', parts.join('\n'));
});

test('show config diff: what the next commit takes away and adds', async () => {
  expect(await shows('show config diff', 29, 'full-ha', fullData)).toBe(
    ['--- running', '+++ candidate', '-ha/priority 100', '+ha/priority 7', '+route/10.9.0.0/16 10.0.1.11'].join('\n'),
  );
  expect(await shows('show config diff', 9, 'full-ha', fullData)).toBe('the candidate configuration of fw2 is what runs');
});

function isGolden(command: string, text: string): void {
  const file = join('test/cli/golden', `${command.replaceAll(' ', '-')}.txt`);
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(file, text);
  expect(existsSync(file), file).toBe(true);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

test('HA-07: a peer that crashed is shown as active until its heartbeats are missed', async () => {
  expect(await shows('show high-availability state', 25)).toContain(
    'Connection status: up\n    Mode: Active-Passive\n    State: active (last 24 seconds)',
  );
});

describe('the command line', () => {
  const inspect = (...args: string[]) => switchback(['inspect', ...args, '--data', data]);

  test('takes the command in one word or in several, and a moment', () => {
    const { code, stdout } = inspect(`${LAB}@40s`, 'fw2', 'show', 'arp', 'all');
    expect([code, stdout]).toEqual([0, expect.stringContaining('eth2              192.0.2.10')]);
    const { shown } = json<{ shown: { entries: readonly object[] } }>(['inspect', LAB, 'fw2', 'show arp all', '--data', data]);
    expect(shown.entries[0]).toMatchObject({ interface: 'eth1', address: '10.0.1.11', status: 'c' });
  });

  test.each([
    ['an unknown command', ['fw2', 'show arps all'], 'there is no command "show arps all"; did you mean "show arp all"?'],
    ['sessions of a firewall without zones', ['fw2', 'show session all'], 'fw2 has no zones, so it keeps no sessions'],
    ['a firewall without power', ['fw1', 'show arp all'], 'fw1 has no power at 60.000000000 s (since #71): it answers nothing'],
    ['a host', ['client1', 'show arp all'], "client1 is a host, and show commands are a firewall's; its firewalls: fw1, fw2"],
    ['a firewall and no command', ['fw2'], "fw2 is a firewall: say what to show, such as 'show high-availability all'"],
  ])('refuses %s in one line, with exit 2', (_, args, says) => {
    const { code, stderr } = inspect(LAB, ...args);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(says)]);
  });

  test('names every show command in its help', () => {
    const help = switchback(['inspect', '--help']).stdout.replace(/\s+/g, ' ');
    for (const { command } of SHOWS) expect(help).toContain(command);
  });
});
