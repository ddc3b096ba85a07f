/** Which properties of the file decide drops of a reason. */
import type { EventData } from '../../model/events/events.ts';
import type { Flow } from '../../model/lab/flow.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { indexLab, interfaceAt, nodeNamed } from '../../model/lab/lab-index.ts';
import { isSwitchKind } from '../../model/lab/nodes.ts';
import { PATH_PROPERTIES } from './path-properties.ts';
import { fixed, interfacePath, nodePath, type Property, portPath } from './property.ts';
import { closingCables } from './rings.ts';
import { SWITCH_PROPERTIES } from './switch-properties.ts';

const DECIDING = { ...SWITCH_PROPERTIES, ...PATH_PROPERTIES };

/** The properties that decide a drop, the most likely first; none for reasons that only events bring about. */
export function propertiesOf(lab: Lab, drop: EventData['FrameDropped'], flow: Flow | null): readonly Property[] {
  const index = indexLab(lab);
  const at = `${drop.node}:${drop.interface}`;
  const node = nodeNamed(index, drop.node);
  const iface = interfaceAt(index, at);
  if (node === undefined || iface === undefined) return [];
  return [...closingCables(lab), ...(DECIDING[drop.reason]?.({ index, lab, at, node, iface, drop, flow }) ?? [])];
}

/** Where something happened, in the file: what is named when the file alone brought it about and no property of it is known to decide. */
export function placeOf(lab: Lab, at: { readonly node: string; readonly interface: string }, flow: Flow | null): Property {
  const index = indexLab(lab);
  const node = nodeNamed(index, at.node);
  const iface = interfaceAt(index, `${at.node}:${at.interface}`);
  if (node === undefined) return fixed(flow === null ? 'topology' : `flows.${flow.name}`, 'as written');
  if (iface === undefined) return fixed(flow === null ? nodePath(node.name) : `flows.${flow.name}`, 'as written');
  return fixed(isSwitchKind(node.kind) ? portPath(iface) : interfacePath(iface), 'as written');
}
