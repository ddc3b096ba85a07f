/** Addresses of IPv6, learned routers, DHCP leases and PPPoE sessions, as tables of `at` and `inspect`; none without rows. */
import type { PublishedState } from '../services/publish/publish-state.ts';
import { formatSeconds, type Nanos } from '../values/nanos.ts';
import { paint } from './output.ts';
import { table } from './table.ts';

const UNTIL = { head: 'until', align: 'right' } as const;
const SINCE = { head: 'since', align: 'right' } as const;

export function addressTables(state: PublishedState): string[] {
  return [ipv6Table(state), routerTable(state), leaseTable(state), grantTable(state), sessionTable(state)].filter(
    (section) => section !== '',
  );
}

function ipv6Table({ addresses6 }: PublishedState): string {
  if (addresses6.length === 0) return '';
  return table(
    ['IPv6 address of', 'address', 'from', 'status', SINCE],
    addresses6.map(({ node, interface: name, ip, prefix, origin, status, since }) => [
      `${node}:${name}`,
      `${ip}/${prefix}`,
      origin,
      status === 'duplicate' ? paint('bad', status) : status,
      `#${since}`,
    ]),
  );
}

function routerTable({ routers6 }: PublishedState): string {
  if (routers6.length === 0) return '';
  return table(
    ['default router of', 'address', SINCE],
    routers6.map(({ node, interface: name, ip, since }) => [`${node}:${name}`, ip, `#${since}`]),
  );
}

function leaseTable({ leases }: PublishedState): string {
  if (leases.length === 0) return '';
  return table(
    ['lease of', 'address', 'gateway', 'server', 'client id', 'MAC', UNTIL, SINCE],
    leases.map(({ node, interface: name, ip, prefix, gateway, server, clientId, mac, untilNs, since }) => [
      `${node}:${name}`,
      `${ip}/${prefix}`,
      gateway || '-',
      server,
      clientId,
      mac,
      `${formatSeconds(untilNs as Nanos)} s`,
      `#${since}`,
    ]),
  );
}

/** What servers have given, and to whom; a server remembers it when the lease has ended. */
function grantTable({ grants }: PublishedState): string {
  if (grants.length === 0) return '';
  return table(
    ['given by', 'address', 'to client id', 'MAC', 'state', UNTIL, SINCE],
    grants.map(({ server, ip, clientId, mac, state, untilNs, since }) => [
      server,
      ip,
      clientId,
      mac,
      state,
      `${formatSeconds(untilNs as Nanos)} s`,
      `#${since}`,
    ]),
  );
}

function sessionTable({ pppoe }: PublishedState): string {
  if (pppoe.length === 0) return '';
  return table(
    ['PPPoE of', 'role', 'session', 'own MAC', 'other MAC', 'address', 'other address', SINCE],
    pppoe.map(({ node, interface: name, role, session, mac, peer, ip, peerIp, since }) => [
      `${node}:${name}`,
      role,
      session,
      mac,
      peer,
      ip,
      peerIp,
      `#${since}`,
    ]),
  );
}
