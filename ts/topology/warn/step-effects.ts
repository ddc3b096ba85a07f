/** What commands change about the parts of a lab that warnings judge: the lab as it would be written if it had started so. */
import type { Command } from '../../model/commands/command.ts';
import { type Endpoint, endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface, PortSecurity } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { type Impairment, type LabLink, UNIMPAIRED } from '../../model/lab/links.ts';
import type { LabNode, VSwitchPolicy } from '../../model/lab/nodes.ts';

export type Parts = Pick<Lab, 'nodes' | 'interfaces' | 'links'>;

const UNSECURED: PortSecurity = { trusted: false, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' };

/**
 * The lab after a command; null for commands that change nothing of this.
 * @param all every link of the file: a link that comes up again is as it was.
 */
export function afterCommand(parts: Parts, all: readonly LabLink[], command: Command): Parts | null {
  switch (command.verb) {
    case 'commit':
      return withNode(parts, command.node, (node) =>
        node.kind === 'firewall' ? { ...node, useHypervisorMac: command.useHypervisorMac } : node,
      );
    case 'set':
      return afterSet(parts, command);
    case 'guest-mac':
    case 'edit-mac':
      return withInterface(parts, command.endpoint, (iface) => ({ ...iface, mac: command.mac }));
    case 'inspect-arp':
      return withNode(parts, command.node, (node) => inspecting(node, command.enabled));
    case 'secure':
      return withInterface(parts, command.endpoint, (iface) => ({
        ...iface,
        security: { ...UNSECURED, ...iface.security, ...command.change },
      }));
    case 'link':
      return { ...parts, links: linked(parts.links, all, command.endpoint, command.up) };
    case 'impair':
      return { ...parts, links: parts.links.map((link) => impaired(link, command.endpoint, command.change)) };
    default:
      return null;
  }
}

function afterSet(parts: Parts, { node: name, interface: port, setting, accept }: Extract<Command, { verb: 'set' }>): Parts {
  const key = POLICIES[setting];
  if (port !== null) {
    return withInterface(parts, `${name}:${port}`, (iface) => ({ ...iface, policy: { ...iface.policy, [key]: accept } }));
  }
  return withNode(parts, name, (node) => (node.kind === 'vswitch' ? { ...node, policy: { ...node.policy, [key]: accept } } : node));
}

const POLICIES: Readonly<Record<Extract<Command, { verb: 'set' }>['setting'], keyof VSwitchPolicy>> = {
  promiscuous: 'promiscuous',
  'mac-changes': 'macChanges',
  'forged-transmits': 'forgedTransmits',
};

function withNode(parts: Parts, name: string, change: (node: LabNode) => LabNode): Parts {
  return { ...parts, nodes: parts.nodes.map((node) => (node.name === name ? change(node) : node)) };
}

function withInterface(parts: Parts, endpoint: Endpoint, change: (iface: LabInterface) => LabInterface): Parts {
  return { ...parts, interfaces: parts.interfaces.map((iface) => (endpointOf(iface) === endpoint ? change(iface) : iface)) };
}

function inspecting(node: LabNode, isOn: boolean): LabNode {
  if (node.kind !== 'switch' && node.kind !== 'bridge') return node;
  const { arpInspection = { bindings: [] }, ...rest } = node;
  return isOn ? { ...rest, arpInspection } : rest;
}

function linked(links: readonly LabLink[], all: readonly LabLink[], end: Endpoint, isUp: boolean): readonly LabLink[] {
  const isIt = ({ a, b }: LabLink): boolean => a === end || b === end;
  return isUp ? all.filter((link) => isIt(link) || links.includes(link)) : links.filter((link) => !isIt(link));
}

function impaired(link: LabLink, end: Endpoint, change: Partial<Impairment> | null): LabLink {
  if (link.a !== end && link.b !== end) return link;
  const side = link.a === end ? 'impairA' : 'impairB';
  return { ...link, [side]: change === null ? UNIMPAIRED : { ...UNIMPAIRED, ...link[side], ...change } };
}
