/**
 * Packet sockets into events: that one froze or thawed, and its blocks: the first as BlockRetired, the rest as one BlocksRetired per
 * socket and virtual second.
 */
import type { Punt } from '../../../dataplane/dataplane.ts';
import type { Position } from '../../../model/events/events.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Turn } from '../../turn/turn.ts';

/** Blocks of one socket that closed since the last count. */
export interface CountedBlocks {
  readonly port: number;
  readonly socket: number;
  readonly full: number;
  readonly byTimer: number;
}

/** The key of a socket's first block. */
export function socketKey({ port, socket }: { readonly port: number; readonly socket: number }): string {
  return `${port}|${socket}`;
}

/** The port and the socket of a key. */
export function socketOf(key: string): { readonly port: number; readonly socket: number } {
  const [port = '', socket = ''] = key.split('|');
  return { port: Number(port), socket: Number(socket) };
}

/** Rule MMP-05. */
export function socketFroze(turn: Turn, iface: LabInterface, { socket, cause }: Punt): void {
  turn.say('RingFrozen', Math.max(1, cause), { node: iface.node, interface: iface.name, socket });
}

export function socketThawed(turn: Turn, iface: LabInterface, { socket, cause }: Punt): void {
  turn.say('RingThawed', Math.max(1, cause), { node: iface.node, interface: iface.name, socket });
}

/** Rules MMP-03, MMP-04: the first block since the node started. Returns the event's position. */
export function sayFirstBlock(turn: Turn, iface: LabInterface, { socket, cause, ip: status, number: frames }: Punt): Position {
  return turn.say('BlockRetired', Math.max(1, cause), { node: iface.node, interface: iface.name, socket, frames, status });
}

/** More of the same. @throws when the lab has no such port: memory and lab are not of one engine. */
export function sayMoreBlocks(turn: Turn, { port, socket, full, byTimer }: CountedBlocks, first: Position): void {
  const iface = turn.index.lab.interfaces[port];
  if (iface === undefined) throw new Error(`no port ${port} in this lab`);
  turn.say('BlocksRetired', first, { node: iface.node, interface: iface.name, socket, full, byTimer });
}
