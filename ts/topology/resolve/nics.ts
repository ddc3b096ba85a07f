/**
 * SR-IOV NICs. All functions a NIC has are interfaces of the lab, used or not: `wire`, `pf`, `vf0` and on. A guest is given a function
 * by linking the two, and then has the MAC that the administrator gave the VF, if he gave it one.
 *
 * Decision someone may dispute: a PF that a vSwitch or bridge uses as its uplink is promiscuous and in the VLANs of the switch's ports,
 * as hypervisors set it up, unless the file says otherwise.
 */

import {
  EMBEDDED_SWITCH_NS,
  familyOf,
  NEW_VF,
  type NicBus,
  type NicModel,
  PF,
  rssQueryRefusal,
  VF_CAPABILITIES,
  type VfCapability,
  type VfConfig,
  vfName,
  vfNumber,
  vfsMax,
  WIRE,
} from '../../model/hardware/nic.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Nic, NodeKind } from '../../model/lab/nodes.ts';
import { lineOwnerOf } from '../../model/lab/subinterface.ts';
import { parseMac } from '../../values/mac.ts';
import { nanos } from '../../values/nanos.ts';
import { parseByteSize, parseRate } from '../../values/quantities.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';
import type { RawPort } from '../draft/raw.ts';
import { QUEUE_BYTES } from './links.ts';

const MODEL = 'x550';
const TRUNK = 4095;

export function resolveNic(draft: Draft, node: DraftNode, on: string): Nic {
  const { name, raw } = node;
  const model = modelOf(node);
  const trafficClasses = raw['traffic-classes'] ?? 1;
  const [vfs, ports, most] = [raw.vfs ?? 0, raw['max-vfs'], vfsMax(model, trafficClasses)];
  for (const key of ['vfs', 'max-vfs'] as const) {
    if ((raw[key] ?? 0) <= most) continue;
    const classes = trafficClasses > 1 ? ` with ${trafficClasses} traffic classes` : '';
    draft.error(draft.where(node, key), `an ${model.toUpperCase()} has at most ${most} VFs${classes}`, { rule: 'VF-01' });
  }
  if (ports !== undefined && ports < vfs) {
    draft.error(draft.where(node, 'max-vfs'), `${name} has ${vfs} VFs, so max-vfs must be at least ${vfs}, not ${ports}`, {
      rule: 'VF-01',
    });
  }
  const vfCapabilities = capabilitiesOf(draft, node, raw['vf-capabilities'], 'vf-capabilities');
  return {
    kind: 'nic',
    name,
    on,
    model,
    bridgeMode: raw['bridge-mode'] ?? 'veb',
    defaultPool: flagOf(raw['default-pool'], true),
    trafficClasses,
    pfPromiscuous: flagOf(raw.pf?.promiscuous, false),
    pfVlans: vlansOf(raw.pf?.vlans ?? []),
    ...(raw['driver-version'] !== undefined && { driverVersion: raw['driver-version'] }),
    ...(vfCapabilities !== undefined && { vfCapabilities }),
    ...((raw['memory-node'] ?? 0) !== 0 && { memoryNode: raw['memory-node'] as number }),
    ...busOf(node),
    ...(portsForVfs(node) > vfs ? { enabledVfs: vfs } : {}),
  };
}

/** Rule VCH-01: a list of capabilities; undefined where it lists all of them, or is refused. */
function capabilitiesOf(
  draft: Draft,
  node: DraftNode,
  raw: readonly (VfCapability | undefined)[] | undefined,
  ...path: readonly string[]
): readonly VfCapability[] | undefined {
  if (raw === undefined) return undefined;
  if (familyOf(modelOf(node)) === '10g') {
    const message = `an ${modelOf(node).toUpperCase()} has a mailbox, which knows no capabilities; they belong to NICs of 40G`;
    draft.errorAtKey(draft.where(node, ...path), message, { rule: 'VCH-01', remedy: `remove ${path.at(-1)}` });
    return undefined;
  }
  const known = VF_CAPABILITIES.filter((one) => raw.includes(one));
  return known.length === VF_CAPABILITIES.length ? undefined : known;
}

/** Rule COST-07; nothing where the file says nothing. The switch is at work where there are VFs. */
function busOf(node: DraftNode): { readonly bus?: NicBus } {
  const { bus } = node.raw;
  if (bus?.rate === undefined) return {};
  const switchNs = durationOf(bus.switch, nanos(portsForVfs(node) > 0 ? EMBEDDED_SWITCH_NS : 0));
  const queueBytes = bus.queue === undefined ? QUEUE_BYTES : (parseByteSize(String(bus.queue)) ?? QUEUE_BYTES);
  return { bus: { rateBps: parseRate(String(bus.rate)) ?? 0, queueBytes, switchNs } };
}

function modelOf({ raw }: DraftNode): NicModel {
  return String(raw.model ?? MODEL) as NicModel;
}

/** VFs that have an interface, enabled or not (rule VF-01). */
function portsForVfs({ raw }: DraftNode): number {
  return Math.max(raw.vfs ?? 0, raw['max-vfs'] ?? 0);
}

function vlansOf(vlans: readonly (number | undefined)[]): number[] {
  const known = vlans.filter((vlan): vlan is number => vlan !== undefined && vlan !== 0);
  return [...new Set(known)].sort((a, b) => a - b);
}

/** Names of all interfaces a NIC has. */
export function functionNames(node: DraftNode): string[] {
  const vfs = Array.from({ length: portsForVfs(node) }, (_, number) => vfName(number));
  return [WIRE, PF, ...vfs, ...Object.keys(node.raw.ports ?? {})];
}

/** One interface of a NIC. What is none is an error, and a stand-in. */
export function functionOf(draft: Draft, node: DraftNode, name: string, mtu: number): LabInterface {
  const number = vfNumber(name);
  const vfs = portsForVfs(node);
  const isVf = number !== null && number < vfs;
  const isCounted = !draft.isNodeBroken(node, 'vfs') && !draft.isNodeBroken(node, 'max-vfs');
  if (!isVf && name !== WIRE && name !== PF && isCounted) {
    const most = vfs === 0 ? 'and no VFs' : `and ${vfName(0)} to ${vfName(vfs - 1)}`;
    draft.errorAtKey(
      draft.whereInterface(`${node.name}:${name}`),
      `${node.name} has no interface "${name}"; it has ${WIRE}, ${PF} ${most}`,
    );
  }
  const raw = node.raw.ports?.[name] ?? {};
  const [setting] = Object.keys(raw);
  if (!isVf && setting !== undefined) {
    const message = `"${setting}" is a setting of VFs; ${node.name}:${name} is not a VF`;
    draft.errorAtKey(draft.where(node, 'ports', name, setting), message, { rule: 'VF-08' });
  }
  if (isVf && setting !== undefined && number >= (node.raw.vfs ?? 0)) {
    const message = `${node.name}:${name} is not enabled at the start, so it cannot have settings`;
    const remedy = `raise vfs, or set it with "ip link set ${node.name}:${PF} vf ${number}"`;
    draft.errorAtKey(draft.where(node, 'ports', name, setting), message, { rule: 'VF-01', remedy });
  }
  const mode = isVf ? 'vf' : name === WIRE ? 'wire' : 'pf';
  const shared = { node: node.name, name, mode, mac: null, ipv4: [], mtu, vlan: 0, policy: null } as const;
  if (!isVf) return { ...shared, interfaceId: 0 };
  const driverCapabilities = capabilitiesOf(draft, node, raw['driver-capabilities'], 'ports', name, 'driver-capabilities');
  return {
    ...shared,
    vlan: raw.vlan ?? 0,
    vf: configOf(draft, node, name, raw),
    ...(driverCapabilities !== undefined && { driverCapabilities }),
    interfaceId: 0,
  };
}

function configOf(draft: Draft, node: DraftNode, name: string, raw: RawPort): VfConfig {
  if (raw.vlan === TRUNK) {
    draft.error(draft.where(node, 'ports', name, 'vlan'), 'expected a port VLAN from 1 to 4094, or 0 for none', { rule: 'VF-11' });
  }
  const queryRefusal = rssQueryRefusal(modelOf(node));
  if (flagOf(raw['query-rss'], false) && queryRefusal !== null) {
    const remedy = 'remove query-rss, or choose another model';
    draft.error(draft.where(node, 'ports', name, 'query-rss'), queryRefusal, { rule: 'MBX-08', remedy });
  }
  return {
    ...NEW_VF,
    adminMac: parseMac(raw.mac ?? '') ?? '',
    vlan: raw.vlan ?? NEW_VF.vlan,
    qos: raw.qos ?? NEW_VF.qos,
    trusted: flagOf(raw.trust, NEW_VF.trusted),
    spoofCheck: flagOf(raw['spoof-check'], NEW_VF.spoofCheck),
    linkState: raw.state ?? NEW_VF.linkState,
    maxTxRate: raw['max-tx-rate'] ?? NEW_VF.maxTxRate,
    queryRss: flagOf(raw['query-rss'], NEW_VF.queryRss),
  };
}

/** Guests' MACs and PFs' modes, once it is known who is linked to what. Before MACs are derived. */
export function finishNics(draft: Draft): void {
  for (const iface of draft.interfaces.values()) {
    const peer = draft.interfaces.get(draft.peers.get(endpointOf(iface)) ?? '');
    if (iface.mode === 'vf' && peer !== undefined) giveToGuest(draft, iface, peer);
    if (iface.mode === 'pf' && peer !== undefined) givePf(draft, iface, peer);
  }
}

function kindOf(draft: Draft, iface: LabInterface): NodeKind | undefined {
  return draft.resolved.get(iface.node)?.kind;
}

function isStation(draft: Draft, iface: LabInterface): boolean {
  const kind = kindOf(draft, iface);
  return kind === 'host' || kind === 'firewall' || kind === 'router';
}

function pathOfEnd(draft: Draft, endpoint: Endpoint): readonly (string | number)[] {
  return draft.ends.get(endpoint)?.path ?? [];
}

function giveToGuest(draft: Draft, vf: LabInterface, guest: LabInterface): void {
  if (!isStation(draft, guest)) {
    const remedy = `link ${guest.node} to ${vf.node}:${PF} or ${vf.node}:${WIRE}`;
    draft.error(
      pathOfEnd(draft, endpointOf(vf)),
      `${endpointOf(vf)} is a VF, which only a guest can use; ${guest.node} is not a guest`,
      {
        remedy,
      },
    );
    return;
  }
  if ((vfNumber(vf.name) ?? 0) >= (draft.nodes.get(vf.node)?.raw.vfs ?? 0)) {
    const message = `${endpointOf(vf)} is not enabled at the start, so ${guest.node} cannot have it`;
    const remedy = 'raise vfs, or reserve it (reserved: on at the link) and assign it once it is enabled';
    draft.error(pathOfEnd(draft, endpointOf(vf)), message, { rule: 'VF-01', remedy });
    return;
  }
  const mac = parseMac(vf.vf?.adminMac ?? '');
  if (mac === null) return;
  if (guest.mac !== null && guest.mac !== mac) {
    const message = `${endpointOf(vf)} gives ${endpointOf(guest)} the MAC ${mac}`;
    draft.error(draft.whereOfInterface(endpointOf(guest), 'mac'), message, { rule: 'VF-08', remedy: 'keep one of the two' });
  }
  draft.interfaces.set(endpointOf(guest), { ...guest, mac });
}

/** Rules PCI-01, PCI-02: a guest takes the whole port, with the VLANs of its subinterfaces, and then nobody has a VF of it. */
function givePf(draft: Draft, pf: LabInterface, user: LabInterface): void {
  const nic = draft.resolved.get(pf.node);
  const raw = draft.nodes.get(pf.node)?.raw;
  if (nic?.kind !== 'nic') return;
  if (isStation(draft, user)) {
    const used = [...draft.interfaces.values()].find(
      (one) => one.node === pf.node && one.mode === 'vf' && draft.peers.has(endpointOf(one)),
    );
    if (used === undefined) {
      const tags = [...draft.interfaces.values()].filter((one) => lineOwnerOf(one) === endpointOf(user)).map(({ vlan }) => vlan);
      if (raw?.pf?.vlans === undefined) draft.resolved.set(pf.node, { ...nic, pfVlans: vlansOf(tags) });
      return;
    }
    const message = `in-use: ${endpointOf(pf)} cannot go to ${user.node} while ${endpointOf(used)} is in use`;
    draft.error(pathOfEnd(draft, endpointOf(pf)), message, { rule: 'PCI-01' });
    return;
  }
  const vlans = [...draft.interfaces.values()].filter(({ node }) => node === user.node).map(({ vlan }) => vlan);
  draft.resolved.set(pf.node, {
    ...nic,
    pfPromiscuous: flagOf(raw?.pf?.promiscuous, true),
    pfVlans: raw?.pf?.vlans === undefined ? vlansOf(vlans.filter((vlan) => vlan !== TRUNK)) : nic.pfVlans,
  });
}

/** Rule PCI-02: a guest on a PF uses the permanent address of the device. After MACs are derived. */
export function sharePermanentMacs(draft: Draft): void {
  for (const [endpoint, pf] of draft.interfaces) {
    const guest = pf.mode === 'pf' ? draft.interfaces.get(draft.peers.get(endpoint) ?? '') : undefined;
    if (guest !== undefined && guest.mac !== null) draft.interfaces.set(endpoint, { ...pf, mac: guest.mac });
  }
}
