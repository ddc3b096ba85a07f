/** Notices of the data plane as values: drops, moves of MACs, and what becomes of TCP flows (asm/frame/notice.ts). */
import * as L from '../../asm/memory/layout.ts';
import { type Mac, macFromNumber } from '../values/mac.ts';
import { type ConnectionState, connectionState } from './tcp.ts';

/** The first frame of a run of drops. */
export interface DropNotice {
  readonly kind: 'drop';
  readonly atNs: number;
  /** The lab's interface, or -1 when too many places dropped to tell them apart. */
  readonly port: number;
  readonly reason: number;
  /** Of the run. */
  readonly cause: number;
  /** The event that this drop is blamed on: that of the run, or of the frame where the run's only says that the lab was defined. */
  readonly blamed: number;
  readonly number: number;
  readonly length: number;
  readonly vlan: number | null;
  readonly head: Uint8Array;
}

/** The first move of a run: a switch learned an address at another port. */
export interface MoveNotice {
  readonly kind: 'move';
  readonly atNs: number;
  /** Number of the switch; numbers of its ports, where the address was, and where it is now. */
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly vlan: number;
  readonly mac: Mac;
  /** The event that the frame exists for which the switch learned from. */
  readonly cause: number;
}

/** The connection of a TCP flow is in another state. */
export interface FlowNotice {
  readonly kind: 'flow';
  readonly atNs: number;
  /** The lab's flow. */
  readonly flow: number;
  readonly state: ConnectionState;
  /** Whether it was ever connected. */
  readonly connected: boolean;
  /** The interface where the frame was born that reset it; -1 for none. */
  readonly port: number;
  readonly cause: number;
}

export type Notice = DropNotice | MoveNotice | FlowNotice;

/** The notice at an address. Its bytes are a copy. */
export function noticeAt(view: DataView, at: number): Notice {
  const kind = view.getUint32(at + L.NOTICE_KIND, true);
  if (kind === L.NOTICE_FLOW) return flowAt(view, at);
  return kind === L.NOTICE_MOVE ? moveAt(view, at) : dropAt(view, at);
}

function flowAt(view: DataView, at: number): FlowNotice {
  const port = view.getUint32(at + L.NOTICE_PORT, true);
  return {
    kind: 'flow',
    atNs: Number(view.getBigUint64(at + L.NOTICE_AT_NS, true)),
    flow: view.getUint32(at + L.NOTICE_FROM, true),
    state: connectionState(view.getUint32(at + L.NOTICE_NODE, true)),
    connected: view.getUint32(at + L.NOTICE_VLAN, true) !== 0,
    port: port === L.NONE ? -1 : port,
    cause: view.getUint32(at + L.NOTICE_CAUSE, true),
  };
}

function moveAt(view: DataView, at: number): MoveNotice {
  return {
    kind: 'move',
    atNs: Number(view.getBigUint64(at + L.NOTICE_AT_NS, true)),
    node: view.getUint32(at + L.NOTICE_NODE, true),
    from: view.getUint32(at + L.NOTICE_FROM, true),
    to: view.getUint32(at + L.NOTICE_PORT, true),
    vlan: view.getUint32(at + L.NOTICE_VLAN, true),
    mac: macFromNumber(Number(view.getBigUint64(at + L.NOTICE_MAC, true))),
    cause: view.getUint32(at + L.NOTICE_CAUSE, true),
  };
}

function dropAt(view: DataView, at: number): DropNotice {
  const port = view.getUint32(at + L.NOTICE_PORT, true);
  const length = view.getUint32(at + L.NOTICE_LENGTH, true);
  const head = at + L.NOTICE_HEAD;
  return {
    kind: 'drop',
    atNs: Number(view.getBigUint64(at + L.NOTICE_AT_NS, true)),
    port: port === L.NONE ? -1 : port,
    reason: view.getUint32(at + L.NOTICE_REASON, true),
    cause: view.getUint32(at + L.NOTICE_CAUSE, true),
    blamed: view.getUint32(at + L.NOTICE_BLAMED, true),
    number: Number(view.getBigUint64(at + L.NOTICE_NUMBER, true)),
    length,
    vlan: vlanOf(view.getUint32(at + L.NOTICE_VLAN, true)),
    head: new Uint8Array(view.buffer).slice(head, head + Math.min(length, L.NOTICE_HEAD_BYTES)),
  };
}

/** VLAN id of a vlan word; null when the frame carries no tag. */
export function vlanOf(word: number): number | null {
  return (word & L.VLAN_TAGGED) === 0 ? null : word & L.VLAN_ID_MASK;
}
