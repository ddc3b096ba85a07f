/**
 * Properties of a lab file that decide something, by their paths, with another sensible value each: the lab as it would be with that one.
 *
 * A path is the one in the file: `topology.nodes.psw-in.arp-inspection`. What a file inherits (defaults, kinds, groups) has the path of the
 * node or port that it is in force for.
 */
import type { EventData } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { LabIndex } from '../../model/lab/lab-index.ts';
import type { LabLink } from '../../model/lab/links.ts';
import type { LabNode } from '../../model/lab/nodes.ts';

export interface Property {
  readonly path: string;
  /** As it is, in words. */
  readonly value: string;
  /** Another value that makes sense, in words; null where there is none to try. */
  readonly other: string | null;
  /** The lab with the other value; null where there is none to try. */
  readonly lab: Lab | null;
  /** How much of its frames a flow still sends in that lab, where that is not all. */
  readonly share?: number;
}

/** A drop, and where it stands in its lab. */
export interface DropContext {
  readonly index: LabIndex;
  readonly lab: Lab;
  readonly at: Endpoint;
  readonly node: LabNode;
  readonly iface: LabInterface;
  readonly drop: EventData['FrameDropped'];
  /** The flow that lost frames; null where it is not asked for one. */
  readonly flow: Flow | null;
}

/** Knows which properties decide drops of one reason; the most likely one first. */
export type Deciding = (context: DropContext) => readonly Property[];

export function fixed(path: string, value: string): Property {
  return { path, value, other: null, lab: null };
}

export function nodePath(node: string, ...rest: readonly string[]): string {
  return ['topology', 'nodes', node, ...rest].join('.');
}

export function interfacePath({ node, name }: LabInterface, ...rest: readonly string[]): string {
  return nodePath(node, 'interfaces', name, ...rest);
}

export function portPath({ node, name }: LabInterface, ...rest: readonly string[]): string {
  return nodePath(node, 'ports', name, ...rest);
}

export function linkPath(number: number, ...rest: readonly string[]): string {
  return [`topology.links[${number}]`, ...rest].join('.');
}

export function withNode(lab: Lab, name: string, change: (node: LabNode) => LabNode): Lab {
  return { ...lab, nodes: lab.nodes.map((node) => (node.name === name ? change(node) : node)) };
}

export function withInterface(lab: Lab, endpoint: Endpoint, change: (iface: LabInterface) => LabInterface): Lab {
  return { ...lab, interfaces: lab.interfaces.map((iface) => (endpointOf(iface) === endpoint ? change(iface) : iface)) };
}

export function withLink(lab: Lab, number: number, change: (link: LabLink) => LabLink): Lab {
  return { ...lab, links: lab.links.map((link, i) => (i === number ? change(link) : link)) };
}

/** Number of the link at an interface; -1 for none. */
export function linkNumber({ index }: DropContext, endpoint: Endpoint): number {
  return index.links.get(endpoint) ?? -1;
}

export function yesNo(value: boolean, yes: string, no: string): string {
  return value ? yes : no;
}
