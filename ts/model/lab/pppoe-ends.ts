/** Where PPPoE sessions of a lab end. */
import type { LabInterface } from './interfaces.ts';
import { type LabIndex, nodeNamed } from './lab-index.ts';
import type { LabNode } from './nodes.ts';
import type { PppoeConcentrator } from './pppoe.ts';

/** The concentrator that a node is; undefined for none. */
export function concentratorOf(node: LabNode | undefined): PppoeConcentrator | undefined {
  return node !== undefined && 'pppoeConcentrator' in node ? node.pppoeConcentrator : undefined;
}

/** Whether sessions end at an interface: a client's, or a concentrator's. */
export function endsSessions(index: LabIndex, { node, name, pppoe }: LabInterface): boolean {
  return pppoe !== undefined || concentratorOf(nodeNamed(index, node))?.interface === name;
}
