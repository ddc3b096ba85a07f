/**
 * What a firewall's interfaces that do not route are part of: a virtual wire (rule MODE-04) or a VLAN object of layer-2 interfaces
 * (MODE-02). A tap (MODE-03) is part of nothing.
 */
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { VirtualWire } from '../../model/lab/nodes.ts';
import { parseVlanRanges } from '../../values/vlan-ranges.ts';
import { type Draft, type DraftNode, flagOf } from '../draft/draft.ts';

const UNTAGGED = '0';

const RULES = { layer2: 'MODE-02', tap: 'MODE-03', 'virtual-wire': 'MODE-04' } as const;

type UnroutedMode = keyof typeof RULES;

/** The wires of a firewall; absent where it has none. */
export function virtualWiresOf({ raw }: DraftNode): { virtualWires?: VirtualWire[] } {
  const wires = Object.entries(raw['virtual-wires'] ?? {}).map(([name, wire]) => ({
    name,
    tags: parseVlanRanges(String(wire['tag-allowed'] ?? UNTAGGED)) ?? [],
    passesLinkState: flagOf(wire['link-state-pass-through'], true),
  }));
  return wires.length === 0 ? {} : { virtualWires: wires };
}

/** Gives interfaces the wire or VLAN object they are part of, and says what does not fit. */
export function joinInterfaces(draft: Draft): void {
  for (const node of draft.nodes.values()) {
    if (node.kind !== 'firewall') continue;
    for (const [name, wire] of Object.entries(node.raw['virtual-wires'] ?? {})) {
      joinNamed(draft, node, ['virtual-wires', name], 'virtual-wire', wire.interfaces ?? []);
    }
    for (const [name, vlan] of Object.entries(node.raw.vlans ?? {})) {
      joinNamed(draft, node, ['vlans', name], 'layer2', vlan.interfaces ?? []);
    }
  }
  for (const iface of draft.interfaces.values()) checkMode(draft, iface);
}

function joinNamed(
  draft: Draft,
  node: DraftNode,
  [property, bridge]: readonly ['virtual-wires' | 'vlans', string],
  mode: UnroutedMode,
  names: readonly (string | undefined)[],
): void {
  names.forEach((name, index) => {
    if (name === undefined) return;
    const path = draft.where(node, property, bridge, 'interfaces', index);
    const endpoint: Endpoint = `${node.name}:${name}`;
    const iface = draft.interfaces.get(endpoint);
    if (iface === undefined) draft.error(path, `${node.name} has no interface ${name}`);
    else if (iface.mode !== mode) draft.error(path, `${endpoint} is ${iface.mode}, not ${mode}`, { rule: RULES[mode] });
    else if (iface.bridge !== undefined) draft.error(path, `${endpoint} is already part of ${iface.bridge}`, { rule: RULES[mode] });
    else draft.interfaces.set(endpoint, { ...iface, bridge });
  });
}

function checkMode(draft: Draft, iface: LabInterface): void {
  const rule = RULES[iface.mode as UnroutedMode];
  if (rule === undefined) return;
  const endpoint = endpointOf(iface);
  if (iface.ipv4.length > 0) {
    draft.errorAtKey(draft.whereOfInterface(endpoint, 'ipv4'), `${endpoint} is ${iface.mode} and has no address`, { rule });
  }
  const list = iface.mode === 'layer2' ? 'vlans' : 'virtual-wires';
  const isJoined = iface.mode === 'tap' || iface.bridge !== undefined || hasSubinterfaces(draft, iface);
  if (isJoined || namedAnywhere(draft, iface, list)) return;
  draft.error(
    draft.whereOfInterface(endpoint, 'mode'),
    `${endpoint} is ${iface.mode}, but part of nothing: it would carry no frame`,
    {
      rule,
      remedy: `name ${iface.name} under ${list} of ${iface.node}`,
    },
  );
}

/** Of a layer-2 interface with subinterfaces, those alone may be part of something: frames without a tag are dropped then. */
function hasSubinterfaces(draft: Draft, { node, name }: LabInterface): boolean {
  return [...draft.interfaces.values()].some((one) => one.node === node && one.parent === name);
}

/** Whether the file names the interface, or may have meant to: then what is wrong with it was said there. */
function namedAnywhere(draft: Draft, { node, name }: LabInterface, list: 'virtual-wires' | 'vlans'): boolean {
  const named = draft.nodes.get(node)?.raw[list] ?? {};
  return Object.values(named).some(({ interfaces }) => interfaces?.includes(name) ?? true);
}
