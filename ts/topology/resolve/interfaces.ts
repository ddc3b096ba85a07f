/**
 * Interfaces: those a node declares and those a link makes, with their MACs and addresses.
 *
 * Decision someone may dispute: a declared interface without a link is an error, because on paper a misspelt interface
 * name in a link looks the same. An interface a link makes needs no declaration.
 */
import { ethernetInterfacesMax, interfaceId, isHaInterfaceName } from '../../model/hardware/firewall-mac.ts';
import type { Platform } from '../../model/hardware/platforms.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { InterfaceMode, LabInterface } from '../../model/lab/interfaces.ts';
import { isSwitchKind, type NodeKind } from '../../model/lab/nodes.ts';
import { groupBy } from '../../values/group-by.ts';
import { parseIpv4Prefix } from '../../values/ipv4-address.ts';
import { type Mac, parseMac } from '../../values/mac.ts';
import type { Draft, DraftEnd, DraftNode } from '../draft/draft.ts';
import { INTERFACES_MAX, PORTS_PER_SWITCH_MAX } from '../draft/limits.ts';
import { aggregateNames, isAggregateName, isCalledAggregate, isFirewallAggregate, joinAggregates } from './aggregates.ts';
import { deriveMac } from './derive-mac.ts';
import { byCodeUnits } from './inherit.ts';
import { joinInterfaces } from './interface-modes.ts';
import { listOf } from './links.ts';
import { managementProfileOf } from './management-profile.ts';
import { portMtu, stationMtu } from './mtu.ts';
import { finishNics, functionNames, functionOf, sharePermanentMacs } from './nics.ts';
import { checkLogical, giveOwnMacs, isHardware, isLogicalName, makesOwnMac } from './own-macs.ts';
import { checkVnics, vnicOf } from './packet-io.ts';
import { checkAgeing, checkBonds, portOf } from './ports.ts';
import { sayNoTag, shareParentMacs, subinterfaceOf } from './subinterfaces.ts';
import { checkMacTables, macTableOf, mailboxApiOf } from './vf-driver.ts';
import { finishVhost } from './vhost.ts';

/** Fills `draft.interfaces` in canonical order: by node, then by name. */
export function resolveInterfaces(draft: Draft, macSeed: number, ha1: ReadonlySet<Endpoint>): void {
  const namesByNode = groupBy([...draft.ends.values(), ...draft.reservedDevices], (end) => end.node);
  for (const node of draft.nodes.values()) {
    if (node.kind === null) continue;
    const linked = (namesByNode.get(node.name) ?? []).map((end) => end.name);
    const names = [...new Set([...declaredNames(node), ...linked])].sort(byCodeUnits);
    if (isSwitchKind(node.kind) && names.length > PORTS_PER_SWITCH_MAX) {
      draft.errorAtKey(draft.where(node), `${node.name} has ${names.length} ports; expected at most ${PORTS_PER_SWITCH_MAX}`);
    }
    for (const name of names) resolveInterface(draft, node, node.kind, name, ha1);
  }
  if (draft.interfaces.size > INTERFACES_MAX) {
    draft.errorAtKey(['topology'], `the lab has ${draft.interfaces.size} interfaces; expected at most ${INTERFACES_MAX}`);
  }
  checkAgeing(draft);
  checkBonds(draft);
  finishNics(draft);
  checkVnics(draft);
  checkMacTables(draft);
  finishVhost(draft);
  joinInterfaces(draft);
  giveMacs(draft, macSeed);
  giveOwnMacs(draft);
  joinAggregates(draft, macSeed);
  sharePermanentMacs(draft);
  shareParentMacs(draft);
}

function declaredNames(node: DraftNode): string[] {
  return [...ownNames(node), ...aggregateNames(node)];
}

function ownNames(node: DraftNode): string[] {
  const { interfaces = {}, ports = {}, uplinks = [] } = node.raw;
  if (node.kind === 'vswitch') return [...Object.keys(ports), ...uplinks.filter((name) => name !== undefined)];
  if (node.kind === 'nic') return functionNames(node);
  return node.kind === 'switch' || node.kind === 'bridge' ? Object.keys(ports) : Object.keys(interfaces);
}

function resolveInterface(draft: Draft, node: DraftNode, kind: NodeKind, name: string, ha1: ReadonlySet<Endpoint>): void {
  const endpoint = `${node.name}:${name}`;
  const sub = subinterfaceOf(draft, node, name);
  if (sub !== null) {
    draft.interfaces.set(endpoint, sub);
    return;
  }
  const end = draft.ends.get(endpoint);
  if (end !== undefined && isSwitchKind(kind)) sayNoAddresses(draft, kind, end);
  // That HA1 is not linked is said once, of the pair.
  // A NIC has its functions whether anybody uses them or not.
  if (end === undefined && !ha1.has(endpoint) && kind !== 'nic' && !isCalledAggregate(node, name) && !isLogicalName(node, name))
    sayUnconnected(draft, node, name);
  if (isLogicalName(node, name)) checkLogical(draft, node, name, end);
  if (kind === 'firewall' && interfaceId(name, isHardware(node)) === null && !isFirewallAggregate(draft, node, name)) {
    const last = ethernetInterfacesMax(isHardware(node));
    const message = `"${name}" is not an interface of a firewall; expected eth1 to eth${last}, ae1 to ae99, ha1, ha2, ha1-b, ha2-b, hsci, mgmt, loopback, tunnel or vlan`;
    draft.errorAtKey(draft.whereInterface(endpoint), message, { rule: 'MAC-04' });
  }
  draft.interfaces.set(endpoint, interfaceOf(draft, node, kind, name, end, ha1));
}

function interfaceOf(
  draft: Draft,
  node: DraftNode,
  kind: NodeKind,
  name: string,
  end: DraftEnd | undefined,
  ha1: ReadonlySet<Endpoint>,
): LabInterface {
  if (kind === 'nic') return functionOf(draft, node, name, portMtu(node, end));
  return isSwitchKind(kind) ? portOf(draft, node, kind, name, portMtu(node, end)) : stationOf(draft, node, kind, name, end, ha1);
}

function sayUnconnected(draft: Draft, node: DraftNode, name: string): void {
  if (draft.isMeant(node.name, name) || draft.isBroken(['topology', 'links'])) return;
  const isUplink = node.raw.uplinks?.includes(name) ?? false;
  const path = isUplink
    ? draft.where(node, 'uplinks', node.raw.uplinks?.indexOf(name) ?? 0)
    : draft.whereInterface(`${node.name}:${name}`);
  const what = isUplink ? `uplink ${node.name}:${name}` : `${node.name}:${name}`;
  draft.errorAtKey(path, `${what} is not linked to anything`, { remedy: `add a link with the endpoint "${node.name}:${name}"` });
}

function sayNoAddresses(draft: Draft, kind: NodeKind, end: DraftEnd): void {
  for (const property of ['mac', 'ipv4'] as const) {
    if (end[property] !== undefined) draft.errorAtKey([...end.path, property], `a port of a ${kind} has no ${property}`);
  }
}

function stationOf(
  draft: Draft,
  node: DraftNode,
  kind: NodeKind,
  name: string,
  end: DraftEnd | undefined,
  ha1: ReadonlySet<Endpoint>,
): LabInterface {
  const declared = node.raw.interfaces?.[name] ?? {};
  sayNoTag(draft, node, name);
  for (const property of ['mac', 'ipv4'] as const) {
    if (end?.[property] === undefined || declared[property] === undefined) continue;
    draft.errorAtKey([...end.path, property], `${node.name}:${name} already has its ${property} from the node`);
  }
  const carriesHa = kind === 'firewall' && (isHaInterfaceName(name) || ha1.has(`${node.name}:${name}`));
  const mode: InterfaceMode = declared.mode ?? (carriesHa ? 'ha' : 'layer3');
  if (mode !== 'layer3' && kind !== 'firewall') {
    draft.error(
      draft.where(node, 'interfaces', name, 'mode'),
      `a ${kind} has only layer3 interfaces; mode ${mode} belongs to firewalls`,
    );
  }
  const addresses = listOf(declared.ipv4) ?? end?.ipv4 ?? [];
  return {
    node: node.name,
    name,
    mode,
    mac: parseMac(declared.mac ?? end?.mac ?? ''),
    ipv4: addresses.map(parseIpv4Prefix).filter((address) => address !== null),
    mtu: stationMtu(draft, node, kind, name, end),
    vlan: 0,
    policy: null,
    ...vnicOf(draft, node, name),
    ...mailboxApiOf(declared),
    ...macTableOf(draft, node, name),
    ...managementProfileOf(draft, node, name, mode),
    interfaceId: kind === 'firewall' ? (interfaceId(name, isHardware(node)) ?? 0) : 0,
  };
}

/** Given MACs first, each once in a lab; then the derived ones around them. */
function giveMacs(draft: Draft, macSeed: number): void {
  const taken = new Set<Mac>();
  for (const [mac, owners] of groupBy(draft.interfaces.values(), (iface) => iface.mac)) {
    if (mac === null) continue;
    taken.add(mac);
    const [first, ...others] = owners.length > 1 ? draft.inFileOrder(owners) : [];
    for (const iface of others) {
      draft.error(draft.whereOfInterface(endpointOf(iface), 'mac'), `${mac} is also the MAC of ${first && endpointOf(first)}`);
    }
  }
  for (const [endpoint, iface] of draft.interfaces) {
    const node = draft.resolved.get(iface.node);
    // Of what switches have, only a PF has an address of its own.
    const owner = draft.nodes.get(iface.node);
    if (owner !== undefined && isAggregateName(owner, iface.name)) continue;
    if (makesOwnMac(draft, iface)) continue;
    if (iface.mac !== null || iface.parent !== undefined || node === undefined || (isSwitchKind(node.kind) && iface.mode !== 'pf'))
      continue;
    const where = iface.mode === 'pf' ? 'physical' : whereRuns(draft, iface.node);
    const mac = deriveMac(macSeed, iface.node, iface.name, where, taken);
    draft.interfaces.set(endpoint, { ...iface, mac });
  }
}

function whereRuns(draft: Draft, name: string): Platform | 'physical' {
  const node = draft.resolved.get(name);
  const host = node && 'on' in node && node.on !== null ? draft.resolved.get(node.on) : undefined;
  return host?.kind === 'hypervisor' ? host.platform : 'physical';
}
