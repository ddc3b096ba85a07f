/** Session tables as they are asked for: derived state, like forwarding tables. */
import { isFromPeer, type SessionRow, type SessionStatus, statusOf } from '../dataplane/session-row.ts';
import type { Firewall } from '../model/lab/nodes.ts';
import { poolContains, zoneOf } from '../model/lab/sessions.ts';
import { type Ipv4, ipv4FromNumber } from '../values/ipv4-address.ts';
import type { Engine } from './engine.ts';

export interface SessionEnd {
  readonly ip: Ipv4;
  /** Of ICMP the identifier; 0 for a protocol without ports. */
  readonly port: number;
  /** Interface that packets of this end come in by. */
  readonly interface: string;
  readonly zone: string;
}

export interface SessionReport {
  readonly node: string;
  readonly id: number;
  /** As in the IPv4 header: 1 ICMP, 6 TCP, 17 UDP. */
  readonly protocol: number;
  readonly state: SessionStatus;
  /** The end that opened it, and the other. */
  readonly source: SessionEnd;
  readonly destination: SessionEnd;
  /** What the source is to the destination; null without NAT. */
  readonly translated: { readonly ip: Ipv4; readonly port: number; readonly rule: string } | null;
  /** The policy that allowed it; null for the default within a zone. */
  readonly policy: string | null;
  readonly startNs: number;
  readonly expiresNs: number;
  /** Packets from the source, and from the destination, that this unit passed on. */
  readonly packets: number;
  readonly answers: number;
  /** Whether the HA peer made it. */
  readonly fromPeer: boolean;
}

export interface SessionTableReport {
  readonly node: string;
  readonly sessions: number;
  readonly max: number;
  /** Sessions opened since the firewall has power. */
  readonly opened: number;
}

/** Sessions of all firewalls, in the lab's order, then by id. */
export function readSessions(engine: Engine): SessionReport[] {
  const { control, nowNs } = engine.dataplane;
  return engine.lab.lab.nodes.flatMap((node, number) => {
    if (node.kind !== 'firewall' || node.sessions === undefined) return [];
    const rows = engine.dataplane.rows((start) => control.readSessions(number, start));
    return rows.map((row) => reportSession(engine, node, row, nowNs));
  });
}

/** Session tables of all firewalls that have one. */
export function readSessionTables(engine: Engine): SessionTableReport[] {
  return engine.lab.lab.nodes.flatMap((node, number) => {
    if (node.kind !== 'firewall' || node.sessions === undefined) return [];
    const { living, max, opened } = engine.dataplane.control.readSessionTable(number);
    return [{ node: node.name, sessions: living, max, opened: Number(opened) }];
  });
}

function reportSession(engine: Engine, firewall: Firewall, row: SessionRow, nowNs: number): SessionReport {
  const end = (ip: bigint, port: number, at: number): SessionEnd => {
    const name = engine.lab.lab.interfaces[at]?.name ?? '';
    const zone = firewall.sessions === undefined ? null : zoneOf(firewall.sessions, name);
    return { ip: ipv4FromNumber(Number(ip)), port, interface: name, zone: zone ?? '' };
  };
  const outside = row.backward & 0xffff_ffffn;
  const outsidePort = row.backwardPorts & 0xffff;
  const outsideIp = ipv4FromNumber(Number(outside));
  const rule = firewall.sessions?.nat.find((one) => poolContains(one, outsideIp))?.name ?? '';
  const isTranslated = outside !== row.outward >> 32n || outsidePort !== row.outwardPorts >>> 16;
  return {
    node: firewall.name,
    id: row.slot + 1,
    protocol: row.protocol,
    state: statusOf(row),
    source: end(row.outward >> 32n, row.outwardPorts >>> 16, row.inPort),
    destination: end(row.outward & 0xffff_ffffn, row.outwardPorts & 0xffff, row.outPort),
    translated: isTranslated ? { ip: outsideIp, port: outsidePort, rule } : null,
    policy: firewall.sessions?.policies[row.policy - 1]?.name ?? null,
    startNs: nowNs - Number(row.ageNs),
    expiresNs: nowNs + Number(row.leftNs),
    packets: Number(row.outwardPackets),
    answers: Number(row.backwardPackets),
    fromPeer: isFromPeer(row),
  };
}
