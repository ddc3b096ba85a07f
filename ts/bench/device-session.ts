/**
 * A firewall under test: a zone at each port, four policies of which the last allows the tester's sessions, and a session table. Its
 * addresses and neighbours are a router's.
 */
import { NONE as NO_TIMER } from '../../asm/memory/layout.ts';
import * as S from '../../asm/memory/session-layout.ts';
import { slotsFor, tableBytes } from '../dataplane/configure-sessions.ts';
import type { ControlDoor } from '../dataplane/dataplane.ts';
import type { FirewallShape } from './shape.ts';

const NODE = 0;
const CLIENTS = 1;
const SERVERS = 2;
const ANY = { source: 0, sourceMask: 0, destination: 0, destinationMask: 0 };
const [TCP, UDP] = [6, 17];
/** As bench/session.c has them, in this order. */
const POLICIES = [
  {
    ...ANY,
    source: 0x0a00_ff00,
    sourceMask: 0xffff_ff00,
    protocol: S.ANY_PROTOCOL,
    firstPort: 0,
    lastPort: 65_535,
    action: S.ACTION_DENY,
  },
  { ...ANY, protocol: TCP, firstPort: 22, lastPort: 22, action: S.ACTION_ALLOW },
  { ...ANY, protocol: UDP, firstPort: 53, lastPort: 53, action: S.ACTION_ALLOW },
  { ...ANY, protocol: TCP, firstPort: 443, lastPort: 443, action: S.ACTION_ALLOW },
];
const HOUR_NS = 3_600_000_000_000n;
/** Of a session that only its SYN opened: shorter than it takes to fill the table, so each sweep finds expired ones. */
const OPENING_NS = 1000n;

/** Bytes of its session table in the region. */
export function firewallBytes({ sessions, ports }: FirewallShape): number {
  return tableBytes({ max: sessions, policies: POLICIES.length, translations: 0, mapBytes: 0, ports });
}

/** Gives node 0 its sessions; its ports are configured already. */
export function configureFirewall(control: ControlDoor, { sessions, ports }: FirewallShape): void {
  control.configureSessions({
    node: NODE,
    max: sessions,
    slots: slotsFor(sessions),
    policies: POLICIES.length,
    translations: 0,
    mapBytes: 0,
    withoutSyn: S.ACTION_DENY,
    syncTimer: NO_TIMER,
  });
  for (let timeout = 0; timeout < S.TIMEOUTS; timeout++) control.setSessionTimeout(NODE, timeout, HOUR_NS);
  control.setSessionTimeout(NODE, S.TIMEOUT_TCP_INIT, OPENING_NS);
  for (let port = 0; port < ports; port++) control.setZone(port, port + 1);
  for (const policy of POLICIES) control.addPolicy({ node: NODE, fromZones: 1 << CLIENTS, toZones: 1 << SERVERS, ...policy });
}
