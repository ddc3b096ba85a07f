/** What is warned about at HA pairs. */
import { expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';

interface Settings {
  /** Of each unit, after its kind and host. */
  readonly units?: readonly [string, string];
  readonly interfaces?: string;
  readonly links?: readonly string[];
  readonly pair?: string;
  readonly members?: readonly [string, string];
}

/** Two firewalls and a client on one switch, joined by HA1, and what else is named. */
function pair({ units = ['', ''], interfaces = '', links = [], pair: settings = '', members = ['', ''] }: Settings): string {
  const unit = (n: 1 | 2) =>
    `{ kind: firewall, on: h${units[n - 1]}, interfaces: { eth1: { ipv4: 10.0.0.1/24 }${interfaces.replaceAll('#', String(n))} } }`;
  return `name: pair
topology:
  nodes:
    h: { kind: hypervisor }
    psw: { kind: switch }
    msw: { kind: switch }
    fw1: ${unit(1)}
    fw2: ${unit(2)}
    client: { kind: host, gateway: 10.0.0.1, interfaces: { eth0: { ipv4: 10.0.0.11/24 } } }
  links:
    - endpoints: ["fw1:eth1", "psw:p1"]
    - endpoints: ["fw2:eth1", "psw:p2"]
    - endpoints: ["client:eth0", "psw:p3"]
${['"fw1:ha1", "fw2:ha1"', ...links].map((ends) => `    - endpoints: [${ends}]`).join('\n')}
ha: { edge: { group: 1, members: [ { node: fw1${members[0]} }, { node: fw2${members[1]} } ]${settings} } }
`;
}

/** Findings as "severity rule message". */
function found(settings: Settings): string[] {
  const result = readLabFile(pair(settings), 'lab.yml');
  const findings = result.ok ? result.warnings : result.findings;
  return findings.map(({ severity, rule, message }) => `${severity} ${rule} ${message}`);
}

test('nothing, of a sound pair', () => {
  expect(found({})).toEqual([]);
});

test.each([
  [
    'no network between them',
    ', mgmt: { ipv4: 172.16.0.#/24 }',
    ['"fw1:mgmt", "msw:p1"', '"fw2:mgmt", "psw:p4"'],
    /no network joins them/,
  ],
  ['one without address', ', mgmt: {}', ['"fw1:mgmt", "msw:p1"', '"fw2:mgmt", "msw:p2"'], /fw1:mgmt and fw2:mgmt have no address/],
  ['no management ports', '', [], /no network joins them/],
])('HA-03: heartbeat backup with %s', (_, interfaces, links, lack) => {
  const [first] = found({ interfaces, links, pair: ', heartbeat-backup: on' }).filter((one) => one.includes('HA-03'));
  expect(first).toMatch(/^warning HA-03 heartbeat backup of pair edge carries nothing/);
  expect(first).toMatch(lack);
});

test('HA-03: heartbeat backup over management ports on one network is sound', () => {
  const links = ['"fw1:mgmt", "msw:p1"', '"fw2:mgmt", "msw:p2"'];
  expect(found({ interfaces: ', mgmt: { ipv4: 172.16.0.#/24 }', links, pair: ', heartbeat-backup: on' })).toEqual([]);
});

test('HA-17: the option at one unit only', () => {
  expect(found({ units: [', use-hypervisor-mac: off', ''] })).toContainEqual(
    expect.stringMatching(/^warning HA-17 .* on at fw2 and off at fw1/),
  );
});

test('HA-14: preemption at one unit only', () => {
  expect(found({ members: [', preemptive: on', ''] })).toEqual([
    'warning HA-14 fw1 is preemptive and fw2 is not: no unit of pair edge preempts the other',
  ]);
  expect(found({ members: [', preemptive: on', ', preemptive: on'] })).toEqual([]);
});

test('HA-10: a path target that nobody has', () => {
  const paths = (target: string) => `, path-monitoring: { groups: { isp: { targets: [${target}] } } }`;
  expect(found({ pair: paths('10.0.0.99') })).toEqual([expect.stringMatching(/^warning HA-10 .* the path to 10.0.0.99/)]);
  expect(found({ pair: paths('10.0.0.11') })).toEqual([]);
});

test.each([
  ['eth2', /fw1 has no interface "eth2"; did you mean "eth1"\?/],
  ['ha1', /ha1 is no data interface/],
])('HA-09: monitoring %s is refused', (name, message) => {
  expect(found({ pair: `, link-monitoring: { groups: { data: { interfaces: [${name}] } } }` })).toEqual([
    expect.stringMatching(message),
  ]);
});

test('HA-12: a late carrier without shutdown is refused', () => {
  expect(found({ pair: ', link-bringup: 3s' })).toEqual([expect.stringMatching(/^error HA-12 links come up/)]);
});

test('HA-02: a backup of HA1 that is sound', () => {
  expect(found({ links: ['"fw1:ha1-b", "fw2:ha1-b"'], pair: ', ha1-backup: ha1-b' })).toEqual([]);
});

test.each([
  ['is not linked', [], ', ha1-backup: ha1-b', /fw1:ha1-b must carry the backup of HA1 but is not linked/],
  [
    'leads elsewhere',
    ['"fw1:ha1-b", "msw:p1"', '"fw2:ha1-b", "psw:p4"'],
    ', ha1-backup: ha1-b',
    /but are not linked to each other/,
  ],
  ['is HA1 itself', [], ', ha1-backup: ha1', /fw1:ha1 carries HA1 already/],
])('HA-02: a backup of HA1 that %s is refused', (_, links, settings, message) => {
  expect(found({ links, pair: settings })[0]).toMatch(message);
});
