/** The turns that an engine gives its agents. */

import { addressOf, neighboursAt } from '../dataplane/address-door.ts';
import type { Dataplane } from '../dataplane/dataplane.ts';
import { TIMER_SLOTS, tableSizes, timerNumber } from '../dataplane/sizing.ts';
import type { EventData, Position } from '../model/events/events.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../model/lab/endpoint.ts';
import { type LabIndex, nodeNamed, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { LabState } from '../model/state/lab-state.ts';
import { named } from '../values/named.ts';
import { runKey } from './agents/drops.ts';
import { neighbourChanged, neighbourConfirmed } from './agents/ha/table-sync.ts';
import { sessionDoor } from './session-door.ts';
import { type AgentMemory, emptyNodeMemory, type NodeMemory } from './turn/memory.ts';
import { AGENT_COST_NS, type LostFrame, type Turn } from './turn/turn.ts';

/** The parts of a turn. */
export interface TurnParts {
  readonly dataplane: Dataplane;
  /** The lab's index now: cables move within a turn. */
  readonly index: () => LabIndex;
  /** The lab as it was defined: tables are as large as it asks for. */
  readonly defined: LabIndex;
  readonly state: Readonly<LabState>;
  readonly memory: AgentMemory;
  readonly nowNs: number;
  readonly say: Turn['say'];
  readonly inject: (injection: Parameters<Dataplane['inject']>[0]) => void;
}

/** What a node without power does not forget: which cables HA keeps without carrier, what cut one of them, and which were plugged in. */
function cablesOf(memory: NodeMemory | undefined): Pick<NodeMemory, 'shut' | 'cut' | 'cables'> {
  return { shut: memory?.shut ?? null, cut: memory?.cut ?? named(), cables: memory?.cables ?? named() };
}

export function openTurn({ dataplane, index: currentIndex, defined, state, memory, nowNs, say, inject }: TurnParts): Turn {
  const index = currentIndex();
  const { control } = dataplane;
  const numberOf = (node: string) => nodeNumber(index, node);
  const later: Turn['later'] = (a, b) =>
    control.hasHappened(a) === control.hasHappened(b) ? Math.max(a, b) : control.hasHappened(a) ? a : b;
  // A frame exists for the event, too, that gave the interface its MAC, if that happened.
  const withMac = (from: Endpoint, cause: Position) => {
    const since = state.interfaces[from]?.macSince ?? 0;
    return control.hasHappened(since) ? later(cause, since) : cause;
  };
  const turn: Turn = {
    nowNs,
    get index() {
      return currentIndex();
    },
    state,
    hasHappened: (position) => control.hasHappened(position),
    later,
    memory: (node) => memoryOf(memory, node),
    forget: (node) => {
      memory.nodes[node] = { ...emptyNodeMemory(), ...cablesOf(memory.nodes[node]) };
      for (const slot of TIMER_SLOTS) dataplane.setTimer(timerNumber(numberOf(node), slot), null);
    },
    say: (type, cause, data) => {
      const position = say(type, cause, data);
      if (type === 'NeighbourUpdated') neighbourChanged(turn, (data as EventData['NeighbourUpdated']).node, position);
      return position;
    },
    send: (from, frame, cause) =>
      inject({
        port: portOf(index, from),
        direction: 'sent',
        atNs: nowNs + AGENT_COST_NS,
        cause: withMac(from, cause),
        bytes: frame,
      }),
    route: (from, frame, cause) =>
      inject({ port: portOf(index, from), direction: 'routed', atNs: nowNs + AGENT_COST_NS, cause, bytes: frame }),
    wake: (node, slot, atNs) => dataplane.setTimer(timerNumber(numberOf(node), slot), atNs),
    confirmNeighbour: (at, ip) => {
      neighboursAt(control, portOf(index, at), ip).confirm();
      neighbourConfirmed(turn, at, ip);
    },
    trustNeighbour: (at, ip, untilNs, verifying) => neighboursAt(control, portOf(index, at), ip).trust(BigInt(untilNs), verifying),
    abandonNeighbour: (at, ip, cause) => neighboursAt(control, portOf(index, at), ip).remove(cause),
    blameNeighbour: (at, ip, cause) => neighboursAt(control, portOf(index, at), ip).blame(cause),
    // A pair may have a heartbeat backup between management ports that the lab does not have.
    lostFrame: (from, copies) =>
      index.interfaces.has(from) ? lostFrame(dataplane, index, memory, { port: portOf(index, from), copies }) : null,
    takeSpoofed: (node) => Number(control.takeSpoofed(numberOf(node))),
    sessions: (node) => sessionDoor(dataplane, index, node),
    hasRoomFor: (at, ip) => hasRoomFor(dataplane, defined, at, ip),
  };
  return turn;
}

/**
 * The drop is on record as a run, known by its place, or by its reason alone where the table of runs was full. Where the network dropped
 * the frame because it is as defined, one run holds frames of many events: this frame is blamed on its own.
 */
function lostFrame(
  { control }: Dataplane,
  index: LabIndex,
  { dropRuns }: AgentMemory,
  from: { readonly port: number; readonly copies: boolean },
): LostFrame | null {
  const { port, reason, cause, atNs } = control.readLost(from.port, from.copies);
  const own = control.hasHappened(cause) ? cause : dropRuns[runKey({ port: -1, reason, cause: 0 })];
  const position = dropRuns[runKey({ port, reason, cause })] ?? own;
  const at = index.lab.interfaces[port];
  return reason === 0 || position === undefined || at === undefined ? null : { at: endpointOf(at), atNs: Number(atNs), position };
}

/** Addresses that are still being asked for take places too: only the data plane knows them all. */
function hasRoomFor(dataplane: Dataplane, index: LabIndex, at: Endpoint, ip: string): boolean {
  const { node: name } = splitEndpoint(at);
  const node = nodeNamed(index, name);
  const [id, port] = [nodeNumber(index, name), portOf(index, at)];
  const rows = dataplane.rows((start) => dataplane.control.readNeighbours(id, start));
  const isThere = rows.some((row) => addressOf(row) === ip && row.port === port);
  return node !== undefined && (isThere || rows.length * 2 < tableSizes(index, node).neighbourSlots);
}

function memoryOf(memory: AgentMemory, node: string): NodeMemory {
  let own = memory.nodes[node];
  if (own === undefined) {
    own = emptyNodeMemory();
    memory.nodes[node] = own;
  }
  return own;
}
