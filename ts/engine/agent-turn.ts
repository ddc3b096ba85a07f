/** The turns that an engine gives its agents. */

import type { Dataplane } from '../dataplane/dataplane.ts';
import { TIMER_SLOTS, tableSizes, timerNumber } from '../dataplane/sizing.ts';
import { type LabIndex, nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { LabState } from '../model/state/lab-state.ts';
import { type Ipv4, ipv4ToNumber } from '../values/ipv4-address.ts';
import { type AgentMemory, emptyNodeMemory, type NodeMemory } from './turn/memory.ts';
import { AGENT_COST_NS, type Turn } from './turn/turn.ts';

/** The parts of a turn. */
export interface TurnParts {
  readonly dataplane: Dataplane;
  /** The lab's index now: cables move within a turn. */
  readonly index: () => LabIndex;
  readonly state: Readonly<LabState>;
  readonly memory: AgentMemory;
  readonly nowNs: number;
  readonly say: Turn['say'];
  readonly inject: (injection: Parameters<Dataplane['inject']>[0]) => void;
}

export function openTurn({ dataplane, index: currentIndex, state, memory, nowNs, say, inject }: TurnParts): Turn {
  const index = currentIndex();
  const { control } = dataplane;
  const numberOf = (node: string) => nodeNumber(index, node);
  return {
    nowNs,
    get index() {
      return currentIndex();
    },
    state,
    memory: (node) => memoryOf(memory, node),
    forget: (node) => {
      memory.nodes[node] = emptyNodeMemory();
      for (const slot of TIMER_SLOTS) dataplane.setTimer(timerNumber(numberOf(node), slot), null);
    },
    say,
    send: (from, frame, cause) =>
      inject({ port: portOf(index, from), direction: 'sent', atNs: nowNs + AGENT_COST_NS, cause, bytes: frame }),
    wake: (node, slot, atNs) => dataplane.setTimer(timerNumber(numberOf(node), slot), atNs),
    confirmNeighbour: (node, ip) => control.confirmNeighbour(numberOf(node), ipv4ToNumber(ip as Ipv4)),
    abandonNeighbour: (node, ip, cause) => control.removeNeighbour(numberOf(node), ipv4ToNumber(ip as Ipv4), cause),
    takeSpoofed: (node) => Number(control.takeSpoofed(numberOf(node))),
    hasRoomFor: (node, ip) => hasRoomFor(dataplane, index, numberOf(node), ipv4ToNumber(ip as Ipv4)),
  };
}

/** Addresses that are still being asked for take places too: only the data plane knows them all. */
function hasRoomFor(dataplane: Dataplane, index: LabIndex, id: number, ip: number): boolean {
  const node = index.lab.nodes[id];
  const rows = dataplane.rows((start) => dataplane.control.readNeighbours(id, start));
  return node !== undefined && (rows.some((row) => row.ip === ip) || rows.length * 2 < tableSizes(index, node).neighbourSlots);
}

function memoryOf(memory: AgentMemory, node: string): NodeMemory {
  let own = memory.nodes[node];
  if (own === undefined) {
    own = emptyNodeMemory();
    memory.nodes[node] = own;
  }
  return own;
}
