/**
 * The life of a MAC address in a lab: who had it, when and why; who believed that an IPv4 address is there; which switches saw it move;
 * and how many frames that went to it died, by believer. Frames are counted in a re-execution with every port watched that dropped any.
 */
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import { readDerived } from '../../engine/derived.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { evolve, initialState, type LabState } from '../../model/state/lab-state.ts';
import type { Mac } from '../../values/mac.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import { courseOf } from '../course.ts';
import { type NewEngine, Rerun } from '../rerun.ts';
import { History } from './history.ts';

const AS = ['initial', 'effective', 'used'] as const;
const KINDS = { initial: 'initialMac', effective: 'effectiveMac', used: 'usedMac' } as const;

/** An interface that had the address, as one of its three (rule MAC-05). */
export interface Owner {
  readonly interface: Endpoint;
  readonly as: keyof typeof KINDS;
  readonly from: Position;
  readonly fromNs: number;
  /** Null where it has it still. */
  toNs: number | null;
}

/** Somebody who believed that an IPv4 address is at this MAC. */
export interface Believer {
  readonly node: string;
  readonly interface: string;
  readonly ip: string;
  readonly from: Position;
  readonly fromNs: number;
  toNs: number | null;
  /** Frames from there to this MAC that died meanwhile. */
  astray: number;
  /** Where, for which reason; most first. */
  readonly places: { readonly at: Endpoint; readonly reason: string; frames: number }[];
}

export interface MacBiography {
  readonly mac: Mac;
  readonly owners: readonly Owner[];
  readonly believers: readonly Believer[];
  readonly moves: readonly {
    readonly node: string;
    readonly vlan: number;
    readonly from: string;
    readonly to: string;
    readonly position: Position;
    readonly atNs: number;
  }[];
  /** Where switches have it at the end, and the event it was learned from or for. */
  readonly tables: readonly {
    readonly node: string;
    readonly vlan: number;
    readonly interface: string;
    readonly cause: Position;
  }[];
  readonly sameChain: boolean;
}

const TRACE_BYTES = 4 << 20;

/** Tells the life of an address. An address that nobody ever had has an empty one. */
export function macBiography(records: readonly LogRecord[], mac: Mac, newEngine: NewEngine): MacBiography {
  const history = new History(records);
  const life = new Life(mac);
  for (const event of history.events()) life.take(event);
  const course = courseOf(records);
  const rerun = new Rerun(() => newEngine({ traceBytes: TRACE_BYTES }), course, { forgets: true }).play(1);
  rerun.engine.onTrace = (record) => life.takeDrop(course.lab, record);
  rerun.engine.dataplane.watch(
    [],
    course.lab.interfaces.map((_, port) => port),
  );
  rerun.play();
  return {
    mac,
    owners: life.owners,
    believers: life.believers.map((one) => ({ ...one, places: one.places.sort((a, b) => b.frames - a.frames) })),
    moves: life.moves,
    tables: readDerived(rerun.engine)
      .tables.filter((row) => row.mac === mac)
      .map(({ node, vlan, interface: port, cause }) => ({ node, vlan, interface: port, cause })),
    sameChain: sameBytes(rerun.engine.chain, records.at(-1)?.chain ?? new Uint8Array()),
  };
}

class Life {
  readonly owners: Owner[] = [];
  readonly believers: Believer[] = [];
  readonly moves: MacBiography['moves'][number][] = [];
  /** Those of the owners that have it still: a long life has many that no longer do. */
  readonly #owning: Owner[] = [];
  readonly #mac: Mac;
  readonly #state: LabState = initialState();
  /** MACs that believers send from, by believer: those of their interface. */
  readonly #senders = new Map<Believer, Set<string>>();

  constructor(mac: Mac) {
    this.#mac = mac;
  }

  take(event: LabEvent): void {
    evolve(this.#state, event);
    if (event.type === 'LabDefined' || 'interface' in event.data) this.#compareOwners(event);
    if (event.type === 'NeighbourUpdated') this.#takeNeighbour(event);
    if (event.type === 'MacMoved' && event.data.mac === this.#mac) {
      const { node, vlan, from, to } = event.data;
      this.moves.push({ node, vlan, from, to, position: event.position, atNs: event.atNs });
    }
  }

  #compareOwners({ position, atNs }: LabEvent): void {
    for (const [endpoint, iface] of Object.entries(this.#state.interfaces)) {
      for (const as of AS) {
        const has = iface[KINDS[as]] === this.#mac;
        const open = this.#owning.find((one) => one.interface === endpoint && one.as === as);
        if (has && open === undefined) this.#own({ interface: endpoint, as, from: position, fromNs: atNs, toNs: null });
        if (!has && open !== undefined) this.#disown(open, atNs);
      }
    }
  }

  #own(owner: Owner): void {
    this.owners.push(owner);
    this.#owning.push(owner);
  }

  #disown(owner: Owner, atNs: number): void {
    owner.toNs = atNs;
    this.#owning.splice(this.#owning.indexOf(owner), 1);
  }

  #takeNeighbour({ position, atNs, data }: Extract<LabEvent, { type: 'NeighbourUpdated' }>): void {
    const { node, interface: name, ip, new: now } = data;
    const open = this.believers.find((one) => one.node === node && one.interface === name && one.ip === ip && one.toNs === null);
    if (open !== undefined && now !== this.#mac) open.toNs = atNs;
    if (open !== undefined || now !== this.#mac) return;
    const believer = { node, interface: name, ip, from: position, fromNs: atNs, toNs: null, astray: 0, places: [] };
    this.believers.push(believer);
    this.#senders.set(believer, new Set([this.#state.interfaces[`${node}:${name}`]?.usedMac ?? '']));
  }

  takeDrop(lab: Lab, { port, atNs, bytes, reason: code }: TraceRecord): void {
    const view = EthernetView.over(bytes);
    const iface = lab.interfaces[port];
    if (view === null || iface === undefined || view.dst !== this.#mac) return;
    const believer = this.believers.find(
      (one) => atNs >= one.fromNs && (one.toNs === null || atNs <= one.toNs) && this.#senders.get(one)?.has(view.src) === true,
    );
    if (believer === undefined) return;
    believer.astray++;
    const [at, reason] = [endpointOf(iface), dropReasonName(code)];
    const place = believer.places.find((one) => one.at === at && one.reason === reason);
    if (place === undefined) believer.places.push({ at, reason, frames: 1 });
    else place.frames++;
  }
}
