/**
 * A pair of firewalls in the engine, agents and all, in the oracle's words. Each data cable leads to a host that is never asked anything;
 * frames come in by the cable, and what the ports see is read from the trace ring. Neighbours are known from the start of a unit.
 */
import type { TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { HaMember, HaPair } from '../../ts/model/lab/ha-pair.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import type { Firewall } from '../../ts/model/lab/nodes.ts';
import { ipv4ToNumber } from '../../ts/values/ipv4-address.ts';
import { macToNumber } from '../../ts/values/mac.ts';
import { firewall, haPair, host, hypervisor, lab, link, ms, type Part } from '../support/lab.ts';
import { given, type Run } from '../support/run.ts';
import { interfacesOf, sessionTexts, settingsOf, withoutTag, withTag } from './dataplane-firewall.ts';
import type { ArrivingFrame, LeavingFrame, SessionText } from './firewall-model.ts';
import { type PairAction, type PairDescription, type RoleChange, UNITS, type Unit } from './pair-model.ts';
import { hypervisorMac } from './reference-pair.ts';

/** What a unit's cables saw: frames that left, and when; why others were dropped. */
export interface Seen {
  readonly sent: readonly (LeavingFrame & { readonly atNs: number })[];
  readonly dropped: readonly (readonly [reason: ReturnType<typeof dropReasonName>, atNs: number])[];
}

export class DataplanePair {
  readonly #run: Run;
  readonly #pair: PairDescription;
  #traces: TraceRecord[] = [];

  constructor(pair: PairDescription) {
    this.#pair = pair;
    this.#run = given(labOf(pair), { watch: [...UNITS] });
    this.#run.engine.onTrace = (record) => this.#traces.push(record);
    for (const unit of UNITS) this.#meetNeighbours(unit);
  }

  get nowNs(): number {
    return this.#run.nowNs;
  }

  /** As Run.until, without a checkpoint each time. */
  until(toNs: number): void {
    const { engine, events } = this.#run;
    engine.receive({ type: 'TimeAdvanced', data: { toNs } }, { checkpoint: false });
    while (!engine.step());
    events.push(...engine.take().map(({ event }) => event));
  }

  act(action: PairAction): void {
    const { unit } = action;
    if (action.what === 'cable') this.#run.command(`link ${action.up ? 'up' : 'down'} ${unit}:${action.port}`);
    else if (action.what === 'process') this.#run.command(`ha-process ${unit} ${action.runs ? 'start' : 'stop'}`);
    else if (action.what === 'clear sessions') this.#run.command(`session clear ${unit}`);
    else this.#run.command(`${action.what} ${unit}`);
    if (action.what === 'power-on') this.#meetNeighbours(unit);
  }

  receive(unit: Unit, { port, tag, bytes }: ArrivingFrame): void {
    this.#run.receives(`${unit}:${port}`, withTag(bytes, tag));
  }

  /** What the data cables of a unit saw since it was last asked, and forgets that of both. */
  takeSeen(): Readonly<Record<Unit, Seen>> {
    const traces = this.#traces;
    this.#traces = [];
    return { fw1: this.#seenBy('fw1', traces), fw2: this.#seenBy('fw2', traces) };
  }

  #seenBy(unit: Unit, traces: readonly TraceRecord[]): Seen {
    const names = new Map(this.#pair.firewall.interfaces.map((one) => [this.#run.port(`${unit}:${one.name}`), one]));
    const own = traces.filter(({ port }) => names.has(port));
    return {
      sent: own
        .filter(({ kind, port }) => kind === 'sent' && names.get(port)?.parent === null)
        .map(({ port, bytes, atNs }) => ({ port: names.get(port)?.name ?? '', atNs, ...withoutTag(bytes) })),
      dropped: own.filter(({ kind }) => kind === 'dropped').map(({ reason, atNs }) => [dropReasonName(reason), atNs]),
    };
  }

  sessions(unit: Unit): readonly SessionText[] {
    return this.#pair.firewall.sessions === null ? [] : sessionTexts(this.#run.engine.dataplane, this.#run.node(unit));
  }

  /** Changes of role that were recorded, with the time of each in ns. */
  roles(): readonly (RoleChange & { readonly atNs: number })[] {
    return this.#run
      .said('HaStateChanged')
      .map(({ data, atNs }) => ({ atNs, atMs: Math.floor(atNs / 1e6), unit: data.node as Unit, role: data.to }) as const);
  }

  unaccounted(): readonly string[] {
    return this.#run.unaccounted();
  }

  #meetNeighbours(unit: Unit): void {
    for (const { at, ip, mac } of this.#pair.firewall.neighbours) {
      this.#run.control.setNeighbour(this.#run.port(`${unit}:${at}`), ipv4ToNumber(ip), BigInt(macToNumber(mac)), 1, 1);
    }
  }
}

// ── Labs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function labOf(pair: PairDescription): Lab {
  const cables = pair.firewall.interfaces.filter(({ parent }) => parent === null);
  const control = ['ha1', ...(pair.hasHa1Backup ? ['ha1-b'] : []), ...(pair.hasHa2 ? ['ha2'] : [])];
  return lab(
    hypervisor('esx1'),
    ...UNITS.map((unit, i) => unitOf(pair, unit, i + 1)),
    ...UNITS.flatMap((unit) => cables.map(({ name }) => host(`h-${unit}-${name}`))),
    ...UNITS.flatMap((unit) =>
      cables.map(({ name }) => link(`${unit}:${name}`, `h-${unit}-${name}:eth0`, { rateBps: 0, latencyNs: 1_000_000 })),
    ),
    ...control.map((name) => link(`fw1:${name}`, `fw2:${name}`)),
    haPair('fw1', 'fw2', { group: pair.group, profile: pair.profile, more: settingsOfPair(pair) }),
  );
}

function unitOf(pair: PairDescription, name: Unit, number: number): Part {
  const ha1 = { ip: `10.255.0.${number}/30`, mac: `00:50:56:aa:0${number}:f1` };
  const backup = pair.hasHa1Backup ? { 'ha1-b': { ip: `10.255.1.${number}/30` } } : {};
  const own = firewall(name, {
    useHypervisorMac: pair.usesHypervisorMac,
    interfaces: { ha1, ...backup, ...(pair.hasHa2 && { ha2: {} }) },
  });
  const data = interfacesOf(pair.firewall, name).map((one) => ({
    ...one,
    mac: one.mac === null ? null : hypervisorMac(name, one.mac),
  }));
  const node = { ...(own.nodes?.[0] as Firewall), ...settingsOf(pair.firewall) };
  return { nodes: [node], interfaces: [...data, ...(own.interfaces ?? [])] };
}

function settingsOfPair(pair: PairDescription): Partial<HaPair> {
  const members = UNITS.map((node, i): HaMember => {
    const own = { node, deviceId: i, priority: pair.priorities[i] ?? 0, ha1: 'ha1' };
    return pair.preemptive[i] === true ? { ...own, preemptive: true } : own;
  }) as unknown as HaPair['members'];
  const group = { name: 'data', condition: pair.monitors ?? 'any', of: ['eth1', 'eth2'] };
  return {
    members,
    ...(pair.hasHa1Backup && { ha1Backup: 'ha1-b' }),
    ...(pair.hasHa2 && { ha2: 'ha2' }),
    ...(pair.monitors !== null && { linkMonitoring: { condition: 'any', groups: [group] } }),
    ...(pair.shutdown !== null && { passiveLinkState: 'shutdown', linkBringupNs: ms(pair.shutdown.bringupMs) }),
  };
}
