/**
 * Effects: what happened, told so that two runs can be compared.
 *
 * An effect is a loss, a neighbour's move, a role or a MAC that changed. Two runs have the same effect when it says the same: kind, place,
 * addresses, reason. Positions and times differ as soon as an input is left out, so they say nothing. Of losses, the frames are counted
 * that ports saw die (`deathsOf`), not the records, which each input splits.
 */
import type { TraceRecord } from '../dataplane/dataplane.ts';
import { dropReasonName } from '../model/events/drop-reasons.ts';
import type { LabEvent } from '../model/events/events.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import type { Lab } from '../model/lab/lab.ts';
import { EthernetView } from '../wire/ethernet.ts';

/** How often each effect happened. */
export class Tally {
  readonly #counts: Map<string, number>;

  constructor(counts: Iterable<readonly [string, number]> = []) {
    this.#counts = new Map(counts);
  }

  add(what: string): void {
    this.#counts.set(what, this.of(what) + 1);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  copy(): Tally {
    return new Tally(this.#counts);
  }
}

/** What the events of a run say, and which frames its ports saw die. */
export class Happened {
  readonly said: Tally;
  readonly seen: Tally;

  constructor(said = new Tally(), seen = new Tally()) {
    this.said = said;
    this.seen = seen;
  }

  has(what: string): boolean {
    return this.said.of(what) > 0 || this.seen.of(what) > 0;
  }

  /** How often: losses as frames, everything else as events. */
  times(what: string): number {
    return isLoss(what) ? this.seen.of(what) : this.said.of(what);
  }

  copy(): Happened {
    return new Happened(this.said.copy(), this.seen.copy());
  }
}

/** Frames that die for these never had a buffer: no port sees them die, and their place is all that is known. */
const UNSEEN = new Set(['frame-too-long', 'pool-exhausted']);

/** The effects that an event records; none for most. */
export function saidBy(event: LabEvent): string[] {
  switch (event.type) {
    case 'FrameDropped': {
      const { node, interface: name, reason, src, dst, etherType } = event.data;
      return [loss(`${node}:${name}`, reason, UNSEEN.has(reason) ? null : { src, dst, etherType })];
    }
    case 'FramesDropped':
      return [loss(`${event.data.node}:${event.data.interface}`, event.data.reason, null)];
    case 'NeighbourUpdated': {
      const { node, interface: name, ip, old, new: mac } = event.data;
      return old === '' ? [] : [`${node}:${name} moves ${ip} from ${old} to ${mac}`];
    }
    case 'MacMoved': {
      const { node, vlan, mac, from, to } = event.data;
      return [`${node} moves ${mac} of VLAN ${vlan} from ${from} to ${to}`];
    }
    case 'HaStateChanged':
      return [`${event.data.node} becomes ${event.data.to}, was ${event.data.from}: ${event.data.reason}`];
    case 'HaPeerLost':
      return [`${event.data.node} loses its peer by ${event.data.by}`];
    case 'MacAddressChanged': {
      const { node, interface: name, which, old, new: mac } = event.data;
      return [`${node}:${name} changes its ${which} MAC from ${old} to ${mac}`];
    }
    default:
      return [];
  }
}

/** A frame that a watched port saw die: as a drop of its own, and as one of many. */
export function deathsOf(lab: Lab, { port, kind, reason, bytes }: TraceRecord): string[] {
  const iface = lab.interfaces[port];
  if (kind !== 'dropped' || iface === undefined) return [];
  const [at, why, view] = [endpointOf(iface), dropReasonName(reason), EthernetView.over(bytes)];
  const frame = { src: view?.src ?? '', dst: view?.dst ?? '', etherType: view?.etherType ?? 0 };
  return [loss(at, why, null), ...(UNSEEN.has(why) ? [] : [loss(at, why, frame)])];
}

interface Addressed {
  readonly src: string;
  readonly dst: string;
  readonly etherType: number;
}

function loss(at: string, reason: string, frame: Addressed | null): string {
  const which = frame === null ? 'frames' : `a frame ${frame.src} > ${frame.dst} (${frame.etherType.toString(16)})`;
  return `${at} drops ${which}: ${reason}`;
}

function isLoss(what: string): boolean {
  return what.includes(' drops ');
}
