/**
 * The journey of a frame, from what watched ports saw of it: one visit for each node that had it, or a copy of it, in order.
 *
 *   client:eth0 ─► sw:p1 [sw] ─► sw:p2 ─► fw1:eth1 [fw1] ✗
 *
 * A frame keeps its number over all hops, and copies have it, too. A record of a port that sent or dropped a frame belongs to the latest visit
 * of its node; where there is none, the frame was born there.
 */
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { LabIndex } from '../../model/lab/lab-index.ts';

/** What a port saw: its name, and the record. */
export interface Sight {
  readonly at: Endpoint;
  readonly record: TraceRecord;
}

/** A frame, or a copy of it, at a node. */
export interface Visit {
  readonly node: string;
  /** Where it came in; null where it was born. */
  readonly in: Sight | null;
  readonly out: Sight[];
  /** Where it, or copies of it, died. */
  readonly drops: Sight[];
  /** Number of the record by which the node decided; that of its coming where nothing was seen of a decision. */
  decidedBy: number;
}

/** @param records of one frame, in order. */
export function visitsOf({ interfaces }: Lab, records: readonly TraceRecord[]): Visit[] {
  const visits: Visit[] = [];
  for (const [number, record] of records.entries()) {
    const iface = interfaces[record.port];
    if (iface === undefined) continue;
    const sight = { at: endpointOf(iface), record };
    const { node } = iface;
    if (record.kind === 'received') {
      visits.push({ node, in: sight, out: [], drops: [], decidedBy: number });
      continue;
    }
    let visit = visits.findLast((one) => one.node === node);
    if (visit === undefined) {
      visit = { node, in: null, out: [], drops: [], decidedBy: number };
      visits.push(visit);
    }
    if (visit.in !== null && visit.out.length + visit.drops.length === 0) visit.decidedBy = number;
    (record.kind === 'sent' ? visit.out : visit.drops).push(sight);
  }
  return visits;
}

/** Whether a copy is on a line: sent to a port of the lab where it has not been seen yet. */
export function isOnItsWay({ peers }: LabIndex, visits: readonly Visit[]): boolean {
  const arrived = new Map<Endpoint, number>();
  for (const visit of visits) {
    const places = new Set([...(visit.in === null ? [] : [visit.in.at]), ...damagedIn(visit)]);
    for (const at of places) arrived.set(at, (arrived.get(at) ?? 0) + 1);
  }
  for (const { at } of visits.flatMap(({ out }) => out)) {
    const peer = peers.get(at);
    if (peer === undefined) continue;
    const left = (arrived.get(peer) ?? 0) - 1;
    if (left < 0) return true;
    arrived.set(peer, left);
  }
  return false;
}

/** A damaged frame is dropped where it arrives, and not received there. */
function damagedIn({ in: came, drops }: Visit): Endpoint[] {
  return came === null ? drops.map(({ at }) => at) : [];
}
