/** IPv6 of interfaces in a lab file: settings that a node would ignore are refused, with what to write instead. */
import { expect, test } from 'vitest';
import { readLabFile } from '../read-lab-file.ts';

/** What is said about `ipv6` of a node that is linked to a router. */
function errors(kind: 'host' | 'router', ipv6: string): { message: string; remedy: string | undefined; line: number }[] {
  const source = `name: ipv6
topology:
  nodes:
    r: { kind: router, interfaces: { eth0: { ipv6: { addresses: "2001:db8:1::1/64", router-advertisements: on } } } }
    n: { kind: ${kind}, interfaces: { eth0: { ipv6: { ${ipv6} } } } }
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
