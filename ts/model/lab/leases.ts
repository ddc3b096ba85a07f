/**
 * Leases of addresses: the lab with an address that an interface has by a lease, and who takes part in DHCP.
 *
 * Decision someone may dispute: a leased address is part of the lab as it is now, as a committed one is. So whatever asks which addresses an
 * interface has (ARP, routes, pings, warnings of conflicts) asks in one place, `LabInterface.ipv4`.
 */
import type { Ipv4, Ipv4Prefix } from '../../values/ipv4-address.ts';
import type { DhcpServer, DhcpSnooping } from './dhcp.ts';
import { type Endpoint, splitEndpoint } from './endpoint.ts';
import type { LabInterface } from './interfaces.ts';
import type { Lab } from './lab.ts';
import type { LabNode, Route } from './nodes.ts';

export interface LeasedAddress {
  readonly address: Ipv4Prefix;
  readonly gateway: Ipv4 | null;
}

const EVERYWHERE: Ipv4Prefix = { address: '0.0.0.0' as Ipv4, prefix: 0 };

/** The lab where an interface has this leased address, or none (null). Static routes come before the one by the lease's gateway. */
export function withLease(lab: Lab, endpoint: Endpoint, lease: LeasedAddress | null): Lab {
  const { node, name } = splitEndpoint(endpoint);
  const isIt = (iface: LabInterface): boolean => iface.node === node && iface.name === name;
  const ipv4 = lease === null ? [] : [lease.address];
  return {
    ...lab,
    interfaces: lab.interfaces.map((iface) => (isIt(iface) ? { ...iface, ipv4 } : iface)),
    nodes: lab.nodes.map((one) => (one.name === node ? withGateway(one, name, lease?.gateway ?? null) : one)),
  };
}

function withGateway(node: LabNode, name: string, gateway: Ipv4 | null): LabNode {
  if (!('routes' in node)) return node;
  const routes: Route[] = node.routes.filter(({ leasedBy }) => leasedBy !== name);
  if (gateway !== null) routes.push({ network: EVERYWHERE, via: gateway, leasedBy: name });
  return { ...node, routes };
}

/** The DHCP server that a node is; undefined for none. */
export function serverOf(node: LabNode | undefined): DhcpServer | undefined {
  return node !== undefined && 'dhcpServer' in node ? node.dhcpServer : undefined;
}

/** Whether an interface gets its address from another node: by DHCP, or in a PPPoE session. */
export function takesAddress({ dhcp, pppoe }: LabInterface): boolean {
  return dhcp !== undefined || pppoe !== undefined;
}

/** Interfaces of a node that ask a DHCP server for their addresses. */
export function clientsOf(interfaces: readonly LabInterface[]): readonly LabInterface[] {
  return interfaces.filter(({ dhcp }) => dhcp !== undefined);
}

/** Whether a node answers DHCP clients, as their server or as a relay. */
export function servesDhcp(node: LabNode, interfaces: readonly LabInterface[]): boolean {
  return serverOf(node) !== undefined || interfaces.some(({ dhcpRelay }) => dhcpRelay !== undefined);
}

/** What a switch reads of DHCP; undefined where it does not. */
export function snoopingOf(node: LabNode | undefined): DhcpSnooping | undefined {
  return node !== undefined && 'dhcpSnooping' in node ? node.dhcpSnooping : undefined;
}
