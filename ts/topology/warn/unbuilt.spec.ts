/** What a lab file may write and the lab cannot do yet: refused, or warned about where it does no harm. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../draft/finding.ts';
import { readLabFile } from '../read-lab-file.ts';

function findings(text: string): readonly Finding[] {
  const result = readLabFile(text, 'lab.yml');
  return result.ok ? result.warnings : result.findings;
}

interface Pair {
  readonly platforms?: readonly [string, string];
  readonly more?: readonly string[];
  readonly ha?: boolean;
}

/** Two firewalls on two hosts, joined by HA1 and by what else is named. */
function pair({ platforms = ['kvm', 'esxi'], more = [], ha = true }: Pair): string {
  const unit = (on: string) => `{ kind: firewall, on: ${on}, interfaces: { eth1: { ipv4: 10.0.0.1/24 } } }`;
  const alone = unit('h2').replace('10.0.0.1', '10.0.0.2');
  return `name: pair
topology:
  nodes:
    h1: { kind: hypervisor, platform: ${platforms[0]} }
    h2: { kind: hypervisor, platform: ${platforms[1]} }
    psw: { kind: switch }
    fw1: ${unit('h1')}
    fw2: ${ha ? unit('h2') : alone}
  links:
    - endpoints: ["fw1:eth1", "psw:p1"]
    - endpoints: ["fw2:eth1", "psw:p2"]
${['ha1', ...more].map((name) => `    - endpoints: ["fw1:${name}", "fw2:${name}"]`).join('\n')}
${ha ? 'ha: { pair: { group: 1, members: [ { node: fw1 }, { node: fw2 } ] } }' : ''}
`;
}

describe('refused, because it is not built', () => {
  test.each(['aws', 'azure', 'gcp', 'oci'])('HA-22: a pair with a unit on %s, whose fabric ignores gratuitous ARP', (platform) => {
    const found = findings(pair({ platforms: ['kvm', platform] }));
    expect(found).toMatchObject([{ severity: 'error', rule: 'HA-22', message: expect.stringContaining(`is on ${platform}`) }]);
    expect(findings(pair({ platforms: [platform, platform], ha: false })).some(({ severity }) => severity === 'error')).toBe(false);
  });

  test('HA-22: a pair on hypervisors fails over by gratuitous ARP', () => {
    expect(findings(pair({ platforms: ['nsx', 'hyperv'] }))).toEqual([]);
  });
});

describe('warned about, because it carries nothing', () => {
  test.each([
    ['ha2', 'HA-19', 'write ha2: ha2 at pair pair, or remove the link'],
    ['ha2-b', 'HA-02', 'write ha2-backup: ha2-b at pair pair, or remove the link'],
    ['hsci', 'HA-19', 'write ha2: hsci at pair pair, or remove the link'],
  ])('a cabled %s of a pair (%s)', (name, rule, remedy) => {
    const found = findings(pair({ more: [name] }));
    expect(found).toMatchObject([
      { severity: 'warning', rule, message: expect.stringContaining(`fw1:${name} carries nothing`), remedy },
      { severity: 'warning', rule, message: expect.stringContaining(`fw2:${name} carries nothing`) },
    ]);
  });

  test('HA-02: a cabled ha1-b that the pair does not name as its backup', () => {
    expect(findings(pair({ more: ['ha1-b'] }))).toMatchObject([
      {
        severity: 'warning',
        rule: 'HA-02',
        message: expect.stringContaining('fw1:ha1-b carries nothing'),
        remedy: 'write ha1-backup: ha1-b at pair pair, or remove the link',
      },
      { severity: 'warning', rule: 'HA-02', message: expect.stringContaining('fw2:ha1-b carries nothing') },
    ]);
  });

  test('HA-02: HA ports of a firewall that is in no pair', () => {
    expect(findings(pair({ ha: false }))).toMatchObject([
      { severity: 'warning', rule: 'HA-02', message: 'fw1:ha1 carries nothing: fw1 is in no HA pair' },
      { severity: 'warning', rule: 'HA-02', message: 'fw2:ha1 carries nothing: fw2 is in no HA pair' },
    ]);
  });
});
