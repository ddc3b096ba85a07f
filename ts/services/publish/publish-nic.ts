/** An SR-IOV NIC at a moment, as it is published: its PF, and of every VF what the host set and what came of it (rule VF-08). */

import { PF, vfNumber, WIRE } from '../../model/hardware/nic.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import { indexLab, type LabIndex } from '../../model/lab/lab-index.ts';
import type { Nic } from '../../model/lab/nodes.ts';
import { linkMbps } from '../../model/lab/wire-speed.ts';
import type { LabState } from '../../model/state/lab-state.ts';
import { publishFunction } from './publish-state.ts';

/** Names of a lab's NICs. */
export function nicNames({ lab }: LabState): string[] {
  return (lab?.nodes ?? []).flatMap(({ kind, name }) => (kind === 'nic' ? [name] : []));
}

/** The NIC of that name; null when the lab has none. VFs in the order of their numbers; those that are not enabled are left out. */
export function publishNic(state: LabState, name: string) {
  const nic = state.lab?.nodes.find((node) => node.name === name);
  if (state.lab === null || nic?.kind !== 'nic') return null;
  const index = indexLab(state.lab);
  const { bridgeMode = '', speedMbps = 0 } = state.nics[name] ?? {};
  return {
    node: name,
    model: nic.model,
    power: state.nodes[name]?.power ?? 'running',
    bridgeMode,
    linkMbps: linkMbps(state.lab, nic, speedMbps),
    pf: publishPf(state, index, nic),
    vfs: (index.byNode.get(name) ?? [])
      .filter((iface) => iface.mode === 'vf' && state.functions[endpointOf(iface)]?.status !== 'absent')
      .map((iface) => publishVf(state, index, endpointOf(iface), vfNumber(iface.name) ?? 0))
      .sort((a, b) => a.vf - b.vf),
  };
}

export type PublishedNic = NonNullable<ReturnType<typeof publishNic>>;

/** A PF has the carrier of its wire. */
function publishPf(state: LabState, index: LabIndex, { name }: Nic) {
  const pf = `${name}:${PF}`;
  const now = state.interfaces[pf];
  return {
    interface: PF,
    mac: now?.effectiveMac ?? '',
    mtu: index.lab.interfaces[index.interfaces.get(pf) ?? -1]?.mtu ?? 0,
    promiscuous: now?.requestsPromiscuous ?? false,
    state: state.interfaces[`${name}:${WIRE}`]?.isUp === false ? 'down' : 'up',
    user: index.peers.get(pf) ?? '',
  };
}

function publishVf(state: LabState, index: LabIndex, endpoint: Endpoint, vf: number) {
  const one = state.functions[endpoint];
  if (one === undefined) throw new Error(`${endpoint} is no function`);
  return { vf, guest: index.peers.get(endpoint) ?? '', ...publishFunction(state, endpoint, one) };
}
