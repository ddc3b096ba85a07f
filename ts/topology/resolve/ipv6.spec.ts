/** IPv6 of interfaces in a lab file: settings that a node would ignore are refused, with what to write instead. */
import { describe, expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';

/** What is said about `ipv6` of a node that is linked to a router. */
function errors(kind: 'host' | 'router', ipv6: string, more = ''): { message: string; remedy: string | undefined; line: number }[] {
  const source = `name: ipv6
topology:
  nodes:
    r: { kind: router, interfaces: { eth0: { ipv6: { addresses: "2001:db8:1::1/64", router-advertisements: on } } } }
    n: { kind: ${kind}, interfaces: { eth0: { ipv6: { ${ipv6} }${more} } } }
  links:
    - endpoints: ["n:eth0", "r:eth0"]
`;
  const result = readLabFile(source, 'lab.yml');
  return result.ok ? [] : result.findings.map(({ message, remedy, line }) => ({ message, remedy, line }));
}

const HOST_FLAG = 'n is a host; only advertisements of routers and firewalls have the router flag';
const HOST_ADVERTISES = 'n is a host; routers and firewalls advertise themselves';
const NO_SLAAC = 'n:eth0 has interface-ids, but makes no addresses by SLAAC';
const ROUTER_SLAAC = 'n is a router; only hosts make addresses by SLAAC';

test.each([
  ['host', 'router-flag: off', HOST_FLAG, 'leave router-flag out'],
  ['host', 'router-advertisements: on', HOST_ADVERTISES, 'leave router-advertisements out'],
  ['host', 'router-advertisements: { interval: 3s }', HOST_ADVERTISES, 'leave router-advertisements out'],
  ['host', 'interface-ids: stable', NO_SLAAC, 'write slaac: on, or leave interface-ids out'],
  ['host', 'slaac: off, interface-ids: eui64', NO_SLAAC, 'write slaac: on, or leave interface-ids out'],
  ['router', 'slaac: on', ROUTER_SLAAC, 'leave slaac out; name networks in eui64 or stable'],
  ['router', 'interface-ids: stable', ROUTER_SLAAC, 'leave interface-ids out; name networks in eui64 or stable'],
] as const)('a %s with %s is refused', (kind, ipv6, message, remedy) => {
  expect(errors(kind, ipv6)).toEqual([{ message, remedy, line: 5 }]);
});

test.each([
  ['host', 'slaac: on, interface-ids: stable'],
  ['host', 'router-advertisements: off'],
  ['router', 'router-flag: off, router-advertisements: { interval: 3s, lifetime: 9s }'],
  ['router', 'slaac: off'],
] as const)('a %s may have %s', (kind, ipv6) => {
  expect(errors(kind, ipv6)).toEqual([]);
});

test('interface-ids beside a slaac that is no switch is one error', () => {
  expect(errors('host', 'slaac: maybe, interface-ids: stable').map(({ message }) => message)).toEqual([
    '"maybe" is not a switch; expected on, off',
  ]);
});

describe('groups of the file and of IPv6 addresses share the room of a port', () => {
  /** All nodes, and the solicited-node groups of link-local and EUI-64 address (one), and of the others. */
  const addresses = (count: number) =>
    `addresses: [${Array.from({ length: count }, (_, i) => `"2001:db8:1::${i + 2}/64"`).join(', ')}], eui64: "2001:db8:1::/64"`;

  test('MODE-01: eight are taken, and a ninth is refused where the interface is written', () => {
    expect(errors('host', addresses(4))).toEqual([]);
    expect(errors('router', `${addresses(4)}, stable: ["2001:db8:1::/64", "2001:db8:2::/64"]`)).toMatchObject([
      { message: 'n:eth0 would be in 9 multicast groups, 0 of the file and 9 of its IPv6 addresses; there is room for 8', line: 5 },
    ]);
  });

  test('MODE-01, VSW-08: groups of the file count with them', () => {
    const groups = (count: number) => `, groups: [${Array.from({ length: count }, (_, i) => `239.1.1.${i + 1}`).join(', ')}]`;
    expect(errors('host', addresses(4), groups(2))).toEqual([]);
    expect(errors('host', addresses(4), groups(3))).toMatchObject([
      { message: 'n:eth0 would be in 9 multicast groups, 3 of the file and 6 of its IPv6 addresses; there is room for 8' },
    ]);
  });
});
