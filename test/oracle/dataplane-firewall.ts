/**
 * The real data plane in the oracle's words: one firewall in a lab of its own, each cable to a host that is never asked anything. Frames
 * come in by the cable; what the ports see is read from the trace ring. Neighbours are known from the start.
 */
import { readFileSync } from 'node:fs';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane, type TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { statusOf } from '../../ts/dataplane/session-row.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import { interfaceId } from '../../ts/model/hardware/firewall-mac.ts';
import type { LabInterface } from '../../ts/model/lab/interfaces.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { indexLab, type LabIndex, portOf } from '../../ts/model/lab/lab-index.ts';
import type { Firewall } from '../../ts/model/lab/nodes.ts';
import { ipv4FromNumber, ipv4ToNumber, parseIpv4Prefix } from '../../ts/values/ipv4-address.ts';
import { macToNumber } from '../../ts/values/mac.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { firewall, haPair, host, hypervisor, lab, link } from '../support/lab.ts';
import { playsLab } from '../support/played.ts';
import {
  type ArrivingFrame,
  cablesOf,
  type DrivenFirewall,
  type Fate,
  type FirewallChange,
  type FirewallDescription,
  type FirewallInterface,
  type LeavingFrame,
  type SessionText,
} from './firewall-model.ts';
import { ICMP, RST, readPacket, TCP } from './reference-packet.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const TRACE_BYTES = 1 << 18;
const NAME = 'fw1';
/** Position that everything here is blamed on: there are no events. */
const CAUSE = 1;
/** An ICMP error leaves 1 us after the packet that it is about. */
const AFTER_NS = 2000;
const ALL = 0;

/** One instance for many labs: compiling is dear, laying out anew is cheap. */
let spare: Dataplane | null = null;

export class DataplaneFirewall implements DrivenFirewall {
  readonly #dataplane: Dataplane;
  readonly #index: LabIndex;
  readonly #description: FirewallDescription;
  /** Members that do not distribute, aggregates without carrier. */
  readonly #unused = new Set<string>();
  readonly #without = new Set<string>();

  /** The last one made is no longer usable once another is. */
  constructor(description: FirewallDescription) {
    playsLab();
    this.#description = description;
    this.#index = indexLab(labOf(description));
    this.#dataplane = spare ?? new Dataplane(WASM);
    spare = null;
    configure(this.#dataplane, this.#index, TRACE_BYTES);
    const names = [...description.interfaces.map(({ name }) => name), ...cablesOf(description)];
    this.#dataplane.watch([...new Set(names)].map((name) => this.#port(name)));
    this.#meetNeighbours();
  }

  /** Gives the instance back for the next firewall. */
  release(): void {
    spare = this.#dataplane;
  }

  receive(atNs: number, { port, tag, bytes }: ArrivingFrame): Fate {
    const wasTaken = this.#dataplane.inject({
      port: this.#port(port),
      direction: 'received',
      atNs,
      cause: CAUSE,
      bytes: withTag(bytes, tag),
    });
    if (!wasTaken) throw new Error('the inject ring is full');
    let isPunted = false;
    for (let stop = ''; stop !== 'until'; ) {
      stop = this.#dataplane.run(atNs + AFTER_NS);
      if (stop === 'timer') this.#dataplane.control.flushDropRuns();
      if (this.#dataplane.punts().some(({ port: at }) => this.#index.lab.interfaces[at]?.node === NAME)) isPunted = true;
      this.#dataplane.takeNotices();
    }
    const traces = this.#dataplane.takeTraces();
    const cables = new Set(cablesOf(this.#description).map((name) => this.#port(name)));
    return {
      sent: traces.filter((one) => one.kind === 'sent' && cables.has(one.port)).map((one) => this.#leaving(one)),
      dropped: traces.filter(({ kind }) => kind === 'dropped').map(({ reason }) => dropReasonName(reason)),
      isPunted,
    };
  }

  #leaving({ port, bytes }: TraceRecord): LeavingFrame {
    const name = this.#index.lab.interfaces[port]?.name ?? `port ${port}`;
    return { port: name, ...withoutTag(bytes) };
  }

  apply(atNs: number, change: FirewallChange): void {
    this.#dataplane.run(atNs);
    const { control } = this.#dataplane;
    const node = this.#index.nodes.get(NAME) ?? 0;
    switch (change.what) {
      case 'carrier':
        this.#setCarrier(change.port, change.up);
        break;
      case 'member':
        control.setMember(this.#port(change.port), change.collects, change.distributes, CAUSE);
        this.#useMember(change.port, change.distributes);
        break;
      case 'power':
        control.setPower(node, change.on, CAUSE);
        // A firewall that starts knows nobody; the oracle's world answers at once.
        if (change.on) this.#meetNeighbours();
        break;
      case 'role':
        control.setHaActive(node, change.active, CAUSE);
        break;
      case 'clear sessions':
        if (this.#description.sessions !== null) control.clearSessions(node, ALL, CAUSE);
        break;
      default:
        change satisfies never;
    }
  }

  /** Of a port and its subinterfaces. */
  #setCarrier(port: string, up: boolean): void {
    const subinterfaces = this.#description.interfaces.filter(({ parent }) => parent === port).map(({ name }) => name);
    for (const name of [port, ...subinterfaces]) this.#dataplane.control.setCarrier(this.#port(name), up, CAUSE);
  }

  /** Gives an aggregate the carrier that the agent of its node gives it. */
  #useMember(port: string, distributes: boolean): void {
    if (distributes) this.#unused.delete(port);
    else this.#unused.add(port);
    const aggregate = this.#description.interfaces.find(({ members }) => members?.includes(port));
    if (aggregate?.members === undefined) return;
    const up = aggregate.members.some((one) => !this.#unused.has(one));
    if (up === this.#without.has(aggregate.name)) this.#setCarrier(aggregate.name, up);
    if (up) this.#without.delete(aggregate.name);
    else this.#without.add(aggregate.name);
  }

  sessions(): readonly SessionText[] {
    return this.#description.sessions === null ? [] : sessionTexts(this.#dataplane, this.#index.nodes.get(NAME) ?? 0);
  }

  #meetNeighbours(): void {
    for (const { at, ip, mac } of this.#description.neighbours) {
      this.#dataplane.control.setNeighbour(this.#port(at), ipv4ToNumber(ip), BigInt(macToNumber(mac)), CAUSE, CAUSE);
    }
  }

  #port(name: string): number {
    return portOf(this.#index, `${NAME}:${name}`);
  }
}

/** Living sessions of a firewall that has a table, in the oracle's words. */
export function sessionTexts(dataplane: Dataplane, node: number): readonly SessionText[] {
  const names: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp' };
  return dataplane
    .rows((start) => dataplane.control.readSessions(node, start))
    .flatMap((row) => {
      if (row.leftNs === 0n || row.state > 5) return [];
      const [from, to] = [Number(row.outward >> 32n), Number(row.outward & 0xffff_ffffn)].map((ip) => ipv4FromNumber(ip));
      const as = ipv4FromNumber(Number(row.backward & 0xffff_ffffn));
      const ports = [row.outwardPorts >>> 16, row.outwardPorts & 0xffff, row.backwardPorts & 0xffff];
      const name = names[row.protocol] ?? String(row.protocol);
      return [`${name} ${from}:${ports[0]} > ${to}:${ports[1]} as ${as}:${ports[2]} ${statusOf(row)}`];
    });
}

// ── Labs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function labOf(description: FirewallDescription): Lab {
  const cables = cablesOf(description);
  const unit = firewall(NAME, { interfaces: {} });
  const peer = firewall('fw2', { interfaces: { ha1: { ip: '10.255.0.2/30' } } });
  const own = firewall(NAME, { interfaces: { ha1: { ip: '10.255.0.1/30' } } });
  const pair = [{ interfaces: own.interfaces ?? [] }, peer, link('fw1:ha1', 'fw2:ha1'), haPair('fw1', 'fw2')];
  const node = { ...(unit.nodes?.[0] as Firewall), ...settingsOf(description) };
  return lab(
    hypervisor('esx1'),
    { nodes: [node], interfaces: interfacesOf(description, NAME) },
    ...cables.map((name) => host(`h-${name}`)),
    ...cables.map((name) => link(`${NAME}:${name}`, `h-${name}:eth0`, { rateBps: 0, latencyNs: 1_000_000 })),
    ...(description.isMember ? pair : []),
  );
}

/** What the node of a described firewall says beside its interfaces. */
export function settingsOf({ interfaces, wireTags, route, sessions }: FirewallDescription): Partial<Firewall> {
  const network = parseIpv4Prefix(route.network);
  const wire = interfaces.find(({ mode }) => mode === 'virtual-wire')?.bridge ?? null;
  return {
    routes: network === null ? [] : [{ network, via: route.via }],
    ...(sessions !== null && { sessions }),
    ...(wire !== null && { virtualWires: [{ name: wire, tags: wireTags, passesLinkState: false }] }),
  };
}

/** Interfaces of a described firewall in a lab, under a name. */
export function interfacesOf({ interfaces }: FirewallDescription, node: string): LabInterface[] {
  const members = interfaces.flatMap((one) => (one.members ?? []).map((name) => memberOf(one, name, node)));
  const own = interfaces.map(({ name, parent, tag, mode, mac, ip, mtu, bridge, members }) => ({
    node,
    name,
    mode,
    mac,
    ipv4: ip === null ? [] : [{ address: ip, prefix: 24 }],
    mtu,
    vlan: tag,
    policy: null,
    interfaceId: interfaceId(parent ?? name) ?? 0,
    ...(parent !== null && { parent }),
    ...(bridge !== null && { bridge }),
    ...(members !== undefined && { aggregate: { members, minLinks: 1 } }),
  }));
  return [...own, ...members];
}

function memberOf({ name: aggregate, mac, mtu }: FirewallInterface, name: string, node: string): LabInterface {
  const nothing = { ipv4: [], vlan: 0, policy: null, interfaceId: interfaceId(name) ?? 0 };
  return { node, name, mode: 'member', mac, mtu, ...nothing, memberOf: aggregate };
}

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const TAG_AT = 12;

export function withTag(bytes: Uint8Array, tag: VlanTag | null): Uint8Array {
  if (tag === null) return bytes;
  const tagged = new Uint8Array(bytes.length + 4);
  tagged.set(bytes.subarray(0, TAG_AT));
  const tci = (tag.priority << 13) | (tag.isDropEligible ? 0x1000 : 0) | tag.id;
  tagged.set([0x81, 0, tci >> 8, tci & 0xff], TAG_AT);
  tagged.set(bytes.subarray(TAG_AT), TAG_AT + 4);
  return tagged;
}

export function withoutTag(bytes: Uint8Array): { readonly tag: VlanTag | null; readonly bytes: Uint8Array } {
  if (bytes[TAG_AT] !== 0x81 || bytes[TAG_AT + 1] !== 0) return { tag: null, bytes };
  const tci = ((bytes[TAG_AT + 2] ?? 0) << 8) | (bytes[TAG_AT + 3] ?? 0);
  const rest = Uint8Array.from([...bytes.subarray(0, TAG_AT), ...bytes.subarray(TAG_AT + 4)]);
  return { tag: { id: tci & 0xfff, priority: tci >>> 13, isDropEligible: (tci & 0x1000) !== 0 }, bytes: rest };
}

/** A frame as it is compared: in words where the firewall itself wrote it, else byte for byte. @param own addresses of the firewall. */
export function contentOf(bytes: Uint8Array, own: readonly number[]): string {
  const packet = readPacket(bytes);
  if (packet === null) return isText(bytes) ? new TextDecoder().decode(bytes) : hex(bytes);
  const { source, destination, sourcePort, destinationPort, protocol, flags } = packet;
  if (protocol === ICMP && own.includes(source) && packet.quoted !== null) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [problem, mtu] = [view.getUint16(34), view.getUint16(40)];
    const about = `${ipv4FromNumber(packet.quoted.source)} > ${ipv4FromNumber(packet.quoted.destination)}`;
    return `icmp ${problem.toString(16)} ${ipv4FromNumber(source)} > ${ipv4FromNumber(destination)} mtu ${mtu} about ${about}`;
  }
  // A forwarded reset has a TTL less than the hosts' 64.
  if (protocol === TCP && (flags & RST) !== 0 && packet.ttl === 64) {
    return `reset ${ipv4FromNumber(source)}:${sourcePort} > ${ipv4FromNumber(destination)}:${destinationPort}`;
  }
  return hex(bytes);
}

/** The oracle says in words what it does not write. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
