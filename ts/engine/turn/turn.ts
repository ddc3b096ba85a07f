/**
 * A turn: what an agent sees and may do when something concerns it. Agents are plain functions over a turn; whatever they
 * change goes through it, so that a state change without its event cannot be written down.
 */
import type { TimerSlot } from '../../dataplane/sizing.ts';
import type { EventData, EventType, Position } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';
import type { LabIndex } from '../../model/lab/lab-index.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import type { NodeMemory } from './memory.ts';
import type { SessionDoor } from './session-door.ts';

/** A frame that an agent sent and the network dropped. */
export interface LostFrame {
  /** The interface at which it was dropped. */
  readonly at: Endpoint;
  readonly atNs: number;
  /** Of the FrameDropped that says it, or that began the run it is counted in. */
  readonly position: Position;
}

export interface Turn {
  readonly nowNs: number;
  readonly index: LabIndex;
  /** Recorded state, including all events of this turn so far. Read only: only `say` changes it. */
  readonly state: Readonly<LabState>;
  /** Whether an event happened: it does not follow from the lab's definition alone. */
  hasHappened(position: Position): boolean;
  /** Of two events that together bring something about: the later one, or the only one that happened. */
  later(a: Position, b: Position): Position;
  /** The node's own memory; agents may change it. */
  memory(node: string): NodeMemory;
  /** Forgets everything a node remembered, and disarms its timers. */
  forget(node: string): void;
  /** Records an outcome and applies it everywhere at once. Returns its position. */
  say<T extends EventType>(type: T, cause: Position, data: EventData[T]): Position;
  /** Sends a frame out of an interface, AGENT_COST_NS from now; `cause` is the event the frame exists for. */
  send(from: Endpoint, frame: Uint8Array, cause: Position): void;
  /**
   * Has the interface's node send a packet as its routes say, AGENT_COST_NS from now: it finds interface and next hop, and asks for the
   * next hop's MAC. @param frame the packet in an Ethernet frame whose addresses are filled in on the way.
   */
  route(from: Endpoint, frame: Uint8Array, cause: Position): void;
  /** Arms a node's timer, or disarms it with null. */
  wake(node: string, slot: TimerSlot, atNs: number | null): void;
  /**
   * Derived state only: an entry was confirmed as it is; is used until a time without asking; was never resolved.
   */
  confirmNeighbour(at: Endpoint, ip: string): void;
  trustNeighbour(at: Endpoint, ip: string, untilNs: number, verifying: boolean): void;
  abandonNeighbour(at: Endpoint, ip: string, cause: Position): void;
  /** Derived state only: what is dropped at an entry that is being asked for is blamed on this event. */
  blameNeighbour(at: Endpoint, ip: string, cause: Position): void;
  /** Derived state only: a client of an end host is about to take this address, and hears of whoever claims it; null: no longer. */
  hearClaims(at: Endpoint, ip: string | null): void;
  /**
   * Derived state only: the latest drop of a frame that an agent sent from an interface, for one station or, as `copies`, for a group;
   * null for none.
   */
  lostFrame(from: Endpoint, copies: boolean): LostFrame | null;
  /** Derived state only: a NIC's counter of spoofed frames, cleared by reading it (rule VF-07). */
  takeSpoofed(node: string): number;
  /** Derived state only: the node's session table. */
  sessions(node: string): SessionDoor;
  /** Whether the node's table holds the address for this interface, resolved or not, or has room for it. */
  hasRoomFor(at: Endpoint, ip: string): boolean;
}

/** An agent's answer leaves this long after what it answers: control planes are not instant, and time must not stand still. */
export const AGENT_COST_NS = 1000;

/** Records an outcome together with its line in the node's system log. */
export function sayAndLog<T extends EventType>(
  turn: Turn,
  type: T,
  cause: Position,
  data: EventData[T] & { readonly node: string },
  line: { readonly eventId: string; readonly severity: 'informational' | 'critical'; readonly text: string },
): Position {
  const position = turn.say(type, cause, data);
  turn.say('SystemLog', position, { node: data.node, ...line });
  return position;
}
