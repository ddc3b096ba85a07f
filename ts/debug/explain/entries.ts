/**
 * What decided over a frame at a node, as it stood right before: the forwarding entry, the neighbour, the session, the address, the role. Each
 * with the event that put it there.
 */
import { readTable, type TableEntry } from '../../engine/derived.ts';
import { readSessions, type SessionReport } from '../../engine/derived-sessions.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Position } from '../../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { nodeNamed } from '../../model/lab/lab-index.ts';
import { isSwitchKind } from '../../model/lab/nodes.ts';
import { ETHERTYPE, EthernetView } from '../../wire/ethernet.ts';
import { Ipv4View } from '../../wire/ipv4.ts';
import type { History } from './history.ts';
import type { Sight, Visit } from './journey.ts';
import { nodePath } from './property.ts';

export const ENTRY_KINDS = ['forwarding', 'uplink', 'neighbour', 'session', 'address', 'role'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

export interface Entry {
  readonly kind: EntryKind;
  /** Such as "52:54:00:aa:00:01 at p2". */
  readonly text: string;
  /** The event that put it there; 1 where it stands as the file has it. */
  readonly position: Position;
  /** Path in the lab file, where the entry follows from it. */
  readonly property: string | null;
}

/** What the node of a visit goes by, in an engine that is about to decide. */
export function entriesFor(visit: Visit, engine: Engine, history: History): Entry[] {
  const node = nodeNamed(engine.lab, visit.node);
  if (node === undefined) return [];
  const found = isSwitchKind(node.kind) ? switching(visit, engine, history) : routing(visit, engine);
  const ha = engine.state.ha[node.name];
  if (ha === undefined) return found;
  return [...found, { kind: 'role', text: `${node.name} is ${ha.state}`, position: ha.since, property: null }];
}

// ── Layer 2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function switching(visit: Visit, engine: Engine, history: History): Entry[] {
  const view = viewOf(visit.in ?? visit.out[0]);
  if (view === null) return [];
  const row = forwardingEntry(visit, view, engine);
  const entries: Entry[] = [];
  if (row !== null) {
    const vlan = row.vlan === 0 ? '' : ` in VLAN ${row.vlan}`;
    const property = row.lastSeenNs === null && row.cause <= 1 ? nodePath(visit.node, 'ports', row.interface) : null;
    entries.push({ kind: 'forwarding', text: `${row.mac}${vlan} at ${row.interface}`, position: row.cause, property });
  }
  const uplink = engine.state.uplinks[visit.node];
  if (uplink !== undefined && visit.out.some(({ at }) => at === `${visit.node}:${uplink}`)) {
    const since = history.lastBefore(engine.position, (one) => one.type === 'UplinkChanged' && one.data.node === visit.node);
    entries.push({ kind: 'uplink', text: `active uplink ${uplink}`, position: since?.position ?? 1, property: null });
  }
  const ofTeam = visit.out.find(({ at }) => engine.state.teamUplinks[at]?.isUsed === true);
  const vswitch = nodeNamed(engine.lab, visit.node);
  if (ofTeam !== undefined && vswitch?.kind === 'vswitch') {
    const { name } = splitEndpoint(ofTeam.at);
    const since = history.lastBefore(engine.position, (one) => one.type === 'TeamUplinkChanged' && one.data.node === visit.node);
    const property = nodePath(visit.node, 'teaming');
    entries.push({ kind: 'uplink', text: `uplink ${name} by ${vswitch.teaming}`, position: since?.position ?? 1, property });
  }
  return entries;
}

/** The entry for where the frame goes; of several VLANs that of the frame's. Null for none: it is flooded. */
function forwardingEntry(visit: Visit, view: EthernetView, engine: Engine): TableEntry | null {
  const rows = readTable(engine, visit.node).filter(({ mac }) => mac === view.dst);
  const vlan = view.vlan?.id ?? interfaceOf(engine, visit.in?.at ?? '')?.vlan ?? 0;
  const ways = visit.out.map(({ at }) => splitEndpoint(at).name);
  const ofVlan = rows.find((row) => row.vlan === vlan);
  return ofVlan ?? rows.find((row) => ways.includes(row.interface)) ?? (rows.length === 1 ? (rows[0] ?? null) : null);
}

// ── Layer 3 ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function routing(visit: Visit, engine: Engine): Entry[] {
  const entries: Entry[] = [];
  const [sent] = visit.out;
  const came = visit.in === null ? null : viewOf(visit.in);
  const left = viewOf(sent);
  const table = came === null ? [] : bridging(visit, came, engine);
  if (table.length > 0) return table;
  if (sent !== undefined && left !== null) {
    entries.push(...neighbourOf(visit.node, sent.at, left, engine), ...addressOf(sent.at, left.src, engine));
  } else if (visit.in !== null && came !== null) entries.push(...addressOf(visit.in.at, came.dst, engine));
  const session = sessionOf(visit, engine);
  if (session !== null) entries.push(session);
  return entries;
}

/** What a firewall goes by that forwards as a switch. */
function bridging(visit: Visit, view: EthernetView, engine: Engine): Entry[] {
  const mode = interfaceOf(engine, visit.in?.at ?? '')?.mode;
  if (mode !== 'layer2') return [];
  const row = forwardingEntry(visit, view, engine);
  if (row === null) return [];
  return [{ kind: 'forwarding', text: `${row.mac} at ${row.interface}`, position: row.cause, property: null }];
}

function neighbourOf(node: string, at: Endpoint, left: EthernetView, engine: Engine): Entry[] {
  if (left.etherType !== ETHERTYPE.ipv4 && left.etherType !== ETHERTYPE.ipv6) return [];
  const known = Object.values(engine.state.neighbours[node] ?? {}).filter(({ mac }) => mac === left.dst);
  const wanted = Ipv4View.over(left.payload)?.dst;
  const here = known.filter((entry) => entry.interface === splitEndpoint(at).name);
  const entry = known.find(({ ip }) => ip === wanted) ?? here[0] ?? known[0];
  if (entry === undefined) return [];
  return [{ kind: 'neighbour', text: `${entry.ip} at ${entry.mac} by ${entry.interface}`, position: entry.since, property: null }];
}

/** Whose address it is: the one that a node sends from, or that it takes a frame for. */
function addressOf(at: Endpoint, mac: string, engine: Engine): Entry[] {
  const iface = engine.state.interfaces[at];
  if (iface === undefined || (iface.usedMac !== mac && iface.effectiveMac !== mac)) return [];
  const { node, name } = splitEndpoint(at);
  const property = iface.macSince <= 1 ? nodePath(node, 'interfaces', name) : null;
  return [{ kind: 'address', text: `${at} uses ${mac}`, position: iface.macSince, property }];
}

function sessionOf(visit: Visit, engine: Engine): Entry | null {
  const packet = packetOf(viewOf(visit.in ?? visit.out[0]));
  if (packet === null) return null;
  const isOf = ({ node, source, destination, translated }: SessionReport): boolean => {
    const isSource = (ip: string): boolean => ip === source.ip || ip === translated?.ip;
    const isDestination = (ip: string): boolean => ip === destination.ip;
    const { src, dst } = packet;
    return node === visit.node && ((isSource(src) && isDestination(dst)) || (isDestination(src) && isSource(dst)));
  };
  const session = readSessions(engine).find((one) => one.protocol === packet.protocol && isOf(one));
  if (session === undefined) return null;
  const property = session.policy === null ? nodePath(visit.node, 'zones') : nodePath(visit.node, 'policies');
  const policy = session.policy === null ? 'allowed within its zone' : `allowed by policy ${session.policy}`;
  return { kind: 'session', text: `session ${session.id}, ${session.state}, ${policy}`, position: 1, property };
}

function packetOf(view: EthernetView | null): { readonly src: string; readonly dst: string; readonly protocol: number } | null {
  const packet = view?.etherType === ETHERTYPE.ipv4 ? Ipv4View.over(view.payload) : null;
  return packet === null ? null : { src: packet.src, dst: packet.dst, protocol: packet.protocol };
}

function viewOf(sight: Sight | undefined): EthernetView | null {
  return sight === undefined ? null : EthernetView.over(sight.record.bytes);
}

function interfaceOf(engine: Engine, endpoint: Endpoint): LabInterface | undefined {
  return engine.lab.lab.interfaces.find((iface) => endpointOf(iface) === endpoint);
}
