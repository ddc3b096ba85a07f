/** Warnings about tags of subinterfaces that the other end of the cable drops. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { isSubinterface, lineOwnerOf } from '../../model/lab/subinterface.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';

const TRUNK = 4095;

/** Rules VSW-07, VF-11: a port that tags and untags frames itself drops those that have a tag. */
export function tagsAreDropped(view: LabView): Problem[] {
  return view.lab.interfaces.filter(isSubinterface).flatMap((sub) => {
    const port = view.draft.interfaces.get(view.draft.peers.get(lineOwnerOf(sub)) ?? '');
    const obstacle = port === undefined ? null : obstacleOf(view, port);
    if (port === undefined || obstacle === null) return [];
    const message = `${endpointOf(port)} ${obstacle.what}: it drops the frames of ${endpointOf(sub)}, which have tag ${sub.vlan}`;
    const place = view.draft.keyPlace(view.draft.whereInterface(endpointOf(sub)));
    return [{ place, message, rule: obstacle.rule, remedy: obstacle.remedy }];
  });
}

interface Obstacle {
  readonly what: string;
  readonly rule: string;
  readonly remedy: string;
}

/** Null for a port that passes tags. */
function obstacleOf(view: LabView, port: LabInterface): Obstacle | null {
  const kind = view.nodes.get(port.node)?.kind;
  const endpoint = endpointOf(port);
  if (port.mode === 'vf' && port.vlan !== 0) {
    return { what: `has port VLAN ${port.vlan}`, rule: 'VF-11', remedy: `remove vlan at ${endpoint}` };
  }
  if (port.mode === 'vf' && !grantsVlans(view, port)) {
    const remedy = `let ${endpoint} and ${port.node} know the capability vlan`;
    return {
      what: "is asked for no VLAN, because its guest's driver and its PF's do not both know the capability vlan",
      rule: 'VCH-01',
      remedy,
    };
  }
  if (kind === 'vswitch' && port.mode === 'port' && port.vlan !== TRUNK) {
    const what = port.vlan === 0 ? 'takes untagged frames only' : `is in VLAN ${port.vlan}`;
    return { what, rule: 'VSW-07', remedy: `set vlan: ${TRUNK} at ${endpoint}` };
  }
  if ((kind === 'switch' || kind === 'bridge') && port.vlan !== 0) {
    return {
      what: `is an access port of VLAN ${port.vlan}`,
      rule: 'HST-01',
      remedy: `remove vlan at ${endpoint}: it is a trunk then`,
    };
  }
  return null;
}

/** Rule VCH-01: a VF's driver asks for VLANs only where it was granted the capability. */
function grantsVlans(view: LabView, { node, driverCapabilities }: LabInterface): boolean {
  const nic = view.nodes.get(node);
  const lists = [driverCapabilities, nic?.kind === 'nic' ? nic.vfCapabilities : undefined];
  return lists.every((list) => list?.includes('vlan') ?? true);
}
