/** Settings of a firewall's interfaces and its routes. */
import { formatPrefix, parseIpv4, parseIpv4Prefix } from '../../values/ipv4-address.ts';
import { endpointOf, type NodeName } from '../lab/endpoint.ts';
import type { LabInterface } from '../lab/interfaces.ts';
import type { Lab } from '../lab/lab.ts';
import { MANAGEMENT } from '../lab/lab-index.ts';
import { takesAddress } from '../lab/leases.ts';
import type { Firewall, Route } from '../lab/nodes.ts';
import { ADDRESSES_PER_INTERFACE_MAX, MTU_MAX, MTU_MIN } from './limits.ts';
import { type Setting, wholeNumber } from './setting.ts';

function interfaceOf(lab: Lab, node: NodeName, name: string): LabInterface | undefined {
  return lab.interfaces.find((iface) => iface.node === node && iface.name === name);
}

function withInterface(lab: Lab, node: NodeName, name: string, change: Partial<LabInterface>): Lab {
  const isIt = (iface: LabInterface): boolean => iface.node === node && iface.name === name;
  return { ...lab, interfaces: lab.interfaces.map((iface) => (isIt(iface) ? { ...iface, ...change } : iface)) };
}

/** Only what forwards can change: the ends of HA and management are what the units of a pair know of each other. */
function interfaceFault(lab: Lab, node: NodeName, name: string): string | null {
  const iface = interfaceOf(lab, node, name);
  if (iface === undefined) return `${node} has no interface ${name}`;
  if (iface.dhcp !== undefined) return `${endpointOf(iface)} takes its address by DHCP: its settings stay as the lab file has them`;
  if (iface.pppoe !== undefined)
    return `${endpointOf(iface)} has its address in a PPPoE session: its settings stay as the lab file has them`;
  if (iface.mode === 'layer3' && name !== MANAGEMENT) return null;
  return `${endpointOf(iface)} is no layer-3 data interface: its settings stay as the lab file has them`;
}

function prefixesIn(text: string) {
  return text === '' ? [] : text.split(',').flatMap((one) => parseIpv4Prefix(one) ?? []);
}

export function addressesOf(name: string): Setting {
  return {
    expected: `addresses such as 10.0.1.1/24, at most ${ADDRESSES_PER_INTERFACE_MAX}, separated by commas`,
    isOptional: true,
    normal: (text) => {
      const prefixes = prefixesIn(text);
      const isWhole = prefixes.length === text.split(',').length && prefixes.length <= ADDRESSES_PER_INTERFACE_MAX;
      return isWhole && new Set(prefixes.map(({ address }) => address)).size === prefixes.length ? text : null;
    },
    read: ({ lab }, node) =>
      addressesGiven(interfaceOf(lab, node, name))
        .map(formatPrefix)
        .join(','),
    write: (lab, node, text) => withInterface(lab, node, name, { ipv4: prefixesIn(text) }),
    fault: (lab, node) => interfaceFault(lab, node, name),
  };
}

/** A leased address is no setting. */
function addressesGiven(iface: LabInterface | undefined): LabInterface['ipv4'] {
  return iface === undefined || takesAddress(iface) ? [] : iface.ipv4;
}

export function mtuOf(name: string): Setting {
  return {
    ...wholeNumber(MTU_MIN, MTU_MAX),
    isOptional: false,
    read: ({ lab }, node) => String(interfaceOf(lab, node, name)?.mtu ?? ''),
    write: (lab, node, text) => withInterface(lab, node, name, { mtu: Number(text) }),
    fault: (lab, node) => interfaceFault(lab, node, name),
  };
}

/** @param network "10.9.0.0/16". */
export function routeTo(network: string): Setting {
  return {
    expected: 'the address of a next hop',
    isOptional: true,
    normal: parseIpv4,
    read: ({ lab }, node) => routesOf(lab, node).find((route) => formatPrefix(route.network) === network)?.via ?? '',
    write: (lab, node, text) => ({
      ...lab,
      nodes: lab.nodes.map((one) => (one.name === node && one.kind === 'firewall' ? withRoute(one, network, text) : one)),
    }),
    fault: () => null,
  };
}

export function routesOf(lab: Lab, node: NodeName): readonly Route[] {
  const found = lab.nodes.find(({ name }) => name === node);
  return found?.kind === 'firewall' ? found.routes.filter(({ leasedBy }) => leasedBy === undefined) : [];
}

function withRoute(firewall: Firewall, network: string, text: string): Firewall {
  const others = firewall.routes.filter((route) => formatPrefix(route.network) !== network);
  const [to, via] = [parseIpv4Prefix(network), parseIpv4(text)];
  return { ...firewall, routes: to === null || via === null ? others : [...others, { network: to, via }] };
}
