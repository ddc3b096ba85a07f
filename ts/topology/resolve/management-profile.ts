/**
 * Interfaces of a firewall that answer TCP connections to their own addresses.
 *
 * Decision someone may dispute: the firewalls of PAN-OS permit services one by one in an interface management profile. A flow of a lab
 * has one port, so a profile here permits it or is not there; ICMP and UDP reach a firewall's addresses with and without one.
 */

import type { LabInterface } from '../../model/lab/interfaces.ts';
import { MANAGEMENT } from '../../model/lab/lab-index.ts';
import type { Firewall } from '../../model/lab/nodes.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';

/** Whether an interface has a management profile, after saying where there can be none. @param mode of the interface. */
export function managementProfileOf(
  draft: Draft,
  node: DraftNode,
  name: string,
  mode: LabInterface['mode'],
): Pick<LabInterface, 'managementProfile'> {
  const raw = node.raw.interfaces?.[name]?.['management-profile'];
  if (raw === undefined) return {};
  const fault = faultOf(node, name, mode);
  if (fault !== null) {
    draft.errorAtKey(draft.where(node, 'interfaces', name, 'management-profile'), fault, { remedy: 'remove management-profile' });
    return {};
  }
  return flagOf(raw, false) ? { managementProfile: true } : {};
}

function faultOf({ name: node, kind }: DraftNode, name: string, mode: LabInterface['mode']): string | null {
  if (kind !== 'firewall') return `a ${kind} has no property "management-profile"; it is a property of firewalls`;
  if (name === MANAGEMENT) return `${node}:${name} is the management port; management profiles belong to interfaces for data`;
  return mode === 'layer3' ? null : `${node}:${name} is ${mode}: only layer3 interfaces have a management profile`;
}

/** Rule JUM-01: a firewall with jumbo frames announces larger segments, where it ends connections at all. */
export function announcedJumboOf(node: DraftNode): Pick<Firewall, 'announcesJumbo'> {
  const interfaces = Object.values(node.raw.interfaces ?? {});
  const answers = interfaces.some((raw) => flagOf(raw?.['management-profile'], false));
  return answers && flagOf(node.raw.jumbo, false) ? { announcesJumbo: true } : {};
}
