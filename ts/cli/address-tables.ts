/** Addresses of IPv6, learned routers and PPPoE sessions, as tables of `at` and `inspect`; none without rows. */
import type { PublishedState } from '../services/publish/publish-state.ts';
import { paint } from './output.ts';
import { table } from './table.ts';

const SINCE = { head: 'since', align: 'right' } as const;

export function addressTables(state: PublishedState): string[] {
  return [ipv6Table(state), routerTable(state), sessionTable(state)].filter((section) => section !== '');
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
