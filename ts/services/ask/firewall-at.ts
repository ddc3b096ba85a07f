/**
 * One firewall of a recorded lab at a moment: what its `show` commands are made of.
 *
 * Decision someone may dispute: a unit shows its peer as the last hello said it was. Hellos are not on record, but a unit sends one
 * with each change of its state (ts/engine/agents/ha/ha.ts, `become`). So the peer is shown in its recorded state, and a peer without
 * power in the state that it had until then: nobody has noticed yet.
 */
import { FIREWALL_AGEING_NS, REACHABLE_NS } from '../../dataplane/configure.ts';
import { tableSizes } from '../../dataplane/sizing.ts';
import type { Derived } from '../../engine/derived.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { indexLab, type LabIndex, nodeNamed } from '../../model/lab/lab-index.ts';
import type { Firewall } from '../../model/lab/nodes.ts';
import type { HaState } from '../../model/state/ha-state.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import { timeOf } from './recorded-state.ts';
import { type StateAt, stateAt } from './state-at.ts';

export interface FirewallAt {
  readonly firewall: Firewall;
  readonly index: LabIndex;
  readonly position: Position;
  /** The moment that was asked for; at a position, the time of its event. */
  readonly nowNs: number;
  readonly recorded: LabState;
  /** Null where only recorded state was asked for. */
  readonly derived: Derived | null;
  /** Null for a firewall that is in no pair. */
  readonly ha: HaAt | null;
  readonly neighbourTable: TableLimits;
  /** Of its layer-2 interfaces; of size 0 for a firewall that has none. */
  readonly macTable: TableLimits;
}

export interface TableLimits {
  /** How many entries it can have. */
  readonly size: number;
  /** How long an entry counts after it was confirmed; null where that is for ever, or differs between entries. */
  readonly timeoutNs: number | null;
}

export interface HaAt {
  readonly state: HaState['state'];
  /** When the unit took its state. */
  readonly sinceNs: number;
  readonly peer: PeerAt;
}

/** What a unit knows of its peer. */
export type PeerAt =
  | { readonly isConnected: true; readonly state: HaState['state']; readonly sinceNs: number }
  | { readonly isConnected: false; readonly lostBy: LostBy };

/** Why a unit has no connection to its peer; `never` if it has had none since it powered on. */
export type LostBy = 'heartbeat' | 'hello' | 'link' | 'never';

/** A firewall at a moment of its lab; null when no firewall of the lab has this name. */
export async function firewallAt(
  log: EventLog,
  lab: string,
  node: string,
  until: Until,
  options: { readonly derived: boolean; readonly snapshots: SnapshotStore },
): Promise<FirewallAt | null> {
  const at = await stateAt(log, lab, until, options);
  const { recorded, derived, position } = at;
  if (recorded.lab === null) return null;
  const index = indexLab(recorded.lab, recorded.devices);
  const firewall = nodeNamed(index, node);
  if (firewall?.kind !== 'firewall') return null;
  const { neighbourSlots, fdbLimit } = tableSizes(indexLab(recorded.defined ?? recorded.lab, recorded.devices), firewall);
  return {
    firewall,
    index,
    position,
    nowNs: 'atNs' in until ? until.atNs : at.atNs,
    recorded,
    derived,
    ha: await haAt(log, at, index, node, options.snapshots),
    // At most half of the slots are used (asm/decide/neighbour.ts).
    neighbourTable: { size: neighbourSlots / 2, timeoutNs: neighbourTimeoutNs(firewall) },
    macTable: { size: fdbLimit, timeoutNs: Number(FIREWALL_AGEING_NS) },
  };
}

function neighbourTimeoutNs({ arpProfile }: Firewall): number | null {
  return arpProfile === 'linux' || arpProfile === 'static' ? null : Number(REACHABLE_NS[arpProfile]);
}

async function haAt(
  log: EventLog,
  { lab, position, recorded }: StateAt,
  index: LabIndex,
  node: string,
  snapshots: SnapshotStore,
): Promise<HaAt | null> {
  const own = recorded.ha[node];
  const membership = index.ha.get(node);
  if (own === undefined || membership === undefined) return null;
  const sinceNs = await timeOf(log, lab, own.since);
  if (!own.isPeerKnown) {
    return { state: own.state, sinceNs, peer: { isConnected: false, lostBy: await lostBy(log, lab, node, position) } };
  }
  const peer = await lastHeardOf(log, lab, recorded, membership.peer.node, snapshots);
  const peerSinceNs = peer === undefined ? sinceNs : await timeOf(log, lab, peer.since);
  return { state: own.state, sinceNs, peer: { isConnected: true, state: peer?.state ?? 'initial', sinceNs: peerSinceNs } };
}

/** A unit's recorded state; of one without power, the state that it had before. */
async function lastHeardOf(log: EventLog, lab: string, now: LabState, node: string, snapshots: SnapshotStore) {
  const power = now.nodes[node];
  if (power === undefined || power.power === 'running') return now.ha[node];
  const before = await stateAt(log, lab, { position: power.since - 1 }, { derived: false, snapshots });
  return before.recorded.ha[node];
}

const LOSSES = ['heartbeat', 'hello', 'link'] as const;

/** How many events are read at once on the way back. */
const STRIDE = 512;

/** Why a unit has no connection to its peer at a position. */
async function lostBy(log: EventLog, lab: string, node: string, position: Position): Promise<LostBy> {
  for (let to = position; to >= 1; to -= STRIDE) {
    const events: LabEvent[] = [];
    for await (const batch of log.read(lab, Math.max(1, to - STRIDE + 1), to))
      events.push(...batch.map(({ body }) => decodeBody(body)));
    for (const event of events.reverse()) {
      if (event.type === 'HaPeerLost' && event.data.node === node)
        return LOSSES.find((one) => one === event.data.by) ?? 'heartbeat';
      if (event.type === 'NodePowerChanged' && event.data.node === node) return 'never';
    }
  }
  return 'never';
}
