/**
 * Drops into events: the first frame of a run becomes FrameDropped with its headers, the rest one FramesDropped per run and
 * virtual second.
 */
import type { DropNotice } from '../../dataplane/dataplane.ts';
import { dropReasonName } from '../../model/events/drop-reasons.ts';
import type { Position } from '../../model/events/events.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { EthernetView } from '../../wire/ethernet.ts';
import type { Turn } from '../turn/turn.ts';
import { causeOfWaiting } from './neighbours/unanswered.ts';

/** A run of drops as the data plane counted it since the last flush. */
export interface CountedRun {
  readonly port: number;
  readonly reason: number;
  readonly cause: number;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

export function runKey(run: { readonly port: number; readonly reason: number; readonly cause: number }): string {
  return `${run.port}|${run.reason}|${run.cause}`;
}

/** The first frame of a run. Returns the event's position, under which the run is known from now on. */
export function sayFirstDrop(turn: Turn, notice: DropNotice): Position {
  const iface = turn.index.lab.interfaces[notice.port];
  const reason = dropReasonName(notice.reason);
  const view = EthernetView.over(notice.head);
  return turn.say('FrameDropped', Math.max(1, blameOf(turn, notice)), {
    node: iface?.node ?? '',
    interface: iface?.name ?? '',
    reason,
    frame: notice.number,
    src: view?.src ?? '',
    dst: view?.dst ?? '',
    etherType: view?.etherType ?? 0,
    vlan: notice.vlan ?? 0,
    length: notice.length,
    expected: reason === 'dst-mac-mismatch' && iface !== undefined ? guestMacs(turn, iface) : [],
    head: notice.head,
  });
}

/**
 * The event a drop is blamed on: the data plane says it. It does not know of requests and answers that were lost, which is why frames
 * wait for a neighbour.
 */
function blameOf(turn: Turn, { port, reason, blamed }: DropNotice): Position {
  const iface = turn.index.lab.interfaces[port];
  if (dropReasonName(reason) !== 'neighbour-unresolved' || iface === undefined) return blamed;
  const { asking } = turn.memory(iface.node);
  const asked = Object.values(asking).find((one) => one.interface === iface.name && one.cause === blamed);
  return asked === undefined ? blamed : causeOfWaiting(turn, { at: endpointOf(iface), ip: asked.ip, cause: blamed }, asked.sinceNs);
}

/** More of the same. */
export function sayMoreDrops(turn: Turn, run: CountedRun, first: Position): void {
  const iface = turn.index.lab.interfaces[run.port];
  turn.say('FramesDropped', first, {
    node: iface?.node ?? '',
    interface: iface?.name ?? '',
    reason: dropReasonName(run.reason),
    count: run.count,
    firstNs: run.firstNs,
    lastNs: run.lastNs,
  });
}

/** Effective MACs of the vNICs on a vSwitch: what a mismatched destination could have been. */
function guestMacs(turn: Turn, at: LabInterface): string[] {
  const macs = new Set<string>();
  for (const port of turn.index.byNode.get(at.node) ?? []) {
    const guest = turn.index.peers.get(endpointOf(port));
    if (port.mode !== 'port' || guest === undefined) continue;
    const mac = turn.state.interfaces[guest]?.effectiveMac ?? '';
    if (mac !== '') macs.add(mac);
  }
  return [...macs].sort();
}
