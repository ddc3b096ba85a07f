/**
 * What a containerlab topology says of our nodes in labels, so that a lab that was exported comes back with the kinds it had: containerlab's
 * schema has a closed list of kinds, without ours.
 */

/** Of a label; behind it the name of the property. */
export const LABEL = 'switchback-';

/** Properties that a node is not valid without, or is another node without. */
export const CARRIED = ['kind', 'on', 'platform', 'model', 'vfs', 'uplinks'] as const;
export type Carried = (typeof CARRIED)[number];

/** Whether a node's interfaces have addresses of their own: the others are switches and NICs, whose ports have none. */
export function hasAddresses(kind: string): boolean {
  return kind === 'host' || kind === 'router' || kind === 'firewall';
}
