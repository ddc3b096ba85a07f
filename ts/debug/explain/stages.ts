/**
 * A loss broken down in time: from what began it to the first frame that arrives again, with what happened in between.
 *
 * What ended it is on the first frame that arrives afterwards: it carries the event that gave it its way. The events from there back to
 * the beginning of the loss are stages. So are the consequences of what began it that a takeover is made of, and what was dropped of them:
 * a gratuitous ARP that dies is why a loss goes on.
 */
import type { LabEvent, Position } from '../../model/events/events.ts';
import { ETHERTYPE } from '../../wire/ethernet.ts';
import type { Delivery, FlowLoss } from './flow-losses.ts';
import type { History } from './history.ts';

export interface Stage {
  /** What the stage ends with: "crash fw1", "detection", "hold", "learned". */
  readonly name: string;
  /** The event that it ends with; 0 for the first frame that arrives again. */
  readonly position: Position;
  /** When the stage before ended, and when this one does, ns. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** Said by another stage, or of no account for how long something took. */
const SILENT: ReadonlySet<string> = new Set(['CommandAccepted', 'SystemLog', 'LabDefined', 'TimeAdvanced', 'FramesDropped']);

const UNHEARD: ReadonlySet<string> = new Set(['interface-down', 'ha-not-active', 'not-mine']);

const NAMES: Readonly<Record<string, string>> = {
  HaPeerLost: 'detection',
  HaMonitorFailed: 'detection',
  HaLinkChanged: 'HA link declared',
  GarpSent: 'announced',
  NeighbourUpdated: 'learned',
  MacMoved: 'moved',
  SwitchNotifySent: 'announced',
  UplinkChanged: 'uplink chosen',
  TeamUplinkChanged: 'uplink chosen',
  UplinkBeaconsChanged: 'detection',
  InterfaceLinkChanged: 'carrier',
  NodePowerChanged: 'power',
  AggregateMemberChanged: 'member',
  FramesReceived: 'frames from outside',
};

/**
 * Stages of a loss.
 * @param deliveries of its flow, in order.
 */
export function stagesOf(history: History, loss: FlowLoss, deliveries: readonly Delivery[]): Stage[] {
  const root = history.at(history.origin(loss.drop));
  const beginNs = root === undefined || root.position <= 1 ? loss.fromNs : root.atNs;
  const back = deliveries.find(({ toNs }) => toNs > loss.toNs);
  // Frames that went on arriving for the same event: nothing had to end the loss.
  const isEnded = back !== undefined && back.fromNs > loss.toNs;
  const endNs = isEnded ? back.fromNs : loss.toNs;
  const marks = new Map<Position, LabEvent>();
  const isWithin = ({ atNs }: LabEvent): boolean => atNs >= beginNs && atNs <= endNs;
  for (const event of isEnded ? history.chain(back.cause) : []) if (isWithin(event)) marks.set(event.position, event);
  if (root !== undefined && root.position > 1) {
    marks.set(root.position, root);
    for (const event of consequencesOf(history, root, endNs)) marks.set(event.position, event);
  }
  return told(
    [...marks.values()].filter(({ type }) => !SILENT.has(type)).sort((a, b) => a.position - b.position),
    beginNs,
    isEnded ? endNs : null,
  );
}

function told(marks: readonly LabEvent[], beginNs: number, backNs: number | null): Stage[] {
  const stages: Stage[] = [];
  let fromNs = beginNs;
  for (const event of marks) {
    const name = nameOf(event);
    const last = stages.at(-1);
    // A consequence of the same instant that has no name of its own.
    if (last !== undefined && name === event.type && event.atNs === fromNs) continue;
    if (last?.name === name) stages.splice(-1, 1, { ...last, position: event.position, toNs: event.atNs });
    else stages.push({ name, position: event.position, fromNs, toNs: event.atNs });
    fromNs = event.atNs;
  }
  if (backNs !== null) stages.push({ name: 'first frame arrives', position: 0, fromNs, toNs: backNs });
  return stages;
}

function nameOf(event: LabEvent): string {
  switch (event.type) {
    case 'CommandReceived':
      return event.data.command;
    case 'HaStateChanged':
      return event.data.to === 'active' ? 'hold' : `HA ${event.data.to}`;
    case 'FrameDropped':
      return `${event.data.etherType === ETHERTYPE.arp ? 'ARP' : 'frame'} dropped: ${event.data.reason}`;
    case 'NodePowerChanged':
      return event.data.power;
    default:
      return NAMES[event.type] ?? event.type;
  }
}

/** What followed from an input up to a time, of the kinds that a takeover is made of: the first of each kind and place. */
function consequencesOf(history: History, root: LabEvent, endNs: number): LabEvent[] {
  const following = new Set<Position>([root.position]);
  const found = new Map<string, LabEvent>();
  for (const event of history.events(root.position + 1)) {
    if (event.atNs > endNs) break;
    if (!following.has(event.cause)) continue;
    following.add(event.position);
    const key = keyOf(event);
    if (key !== null && !found.has(key)) found.set(key, event);
  }
  return [...found.values()];
}

function keyOf(event: LabEvent): string | null {
  switch (event.type) {
    case 'HaPeerLost':
    case 'HaMonitorFailed':
      return `${event.type} ${event.data.node}`;
    case 'HaStateChanged':
      return event.data.to === 'active' ? `active ${event.data.node}` : null;
    case 'GarpSent':
      return `announced ${event.data.node}`;
    case 'FrameDropped':
      // That a dead or a passive unit drops it, too, keeps nobody from learning.
      if (UNHEARD.has(event.data.reason)) return null;
      return event.data.etherType === ETHERTYPE.arp
        ? `dropped ${event.data.node} ${event.data.interface} ${event.data.reason}`
        : null;
    default:
      return null;
  }
}
