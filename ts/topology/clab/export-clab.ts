/**
 * A lab as a containerlab topology: its nodes, links, MACs and addresses. Switches and NICs become Linux bridges, everything else a Linux
 * container; labels keep what they were, so that an import brings it back.
 */
import { splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { LabLink } from '../../model/lab/links.ts';
import type { LabNode } from '../../model/lab/nodes.ts';
import { hasAddresses, LABEL } from './labels.ts';
import { lineEach } from './line-each.ts';

export interface ExportedClab {
  readonly text: string;
  readonly nodes: number;
  readonly links: number;
  /** What a topology of containerlab has no place for. */
  readonly warnings: readonly string[];
}

/** Of containers that stand for hosts, routers and firewalls. */
const IMAGE = 'alpine:3';

export function exportClab(name: string, lab: Lab): ExportedClab {
  const links = lab.links.filter(({ reserved, standby }) => !(reserved ?? standby));
  const topology = {
    name,
    topology: {
      kinds: { linux: { image: IMAGE } },
      nodes: Object.fromEntries(lab.nodes.map((node) => [node.name, nodeOf(node, lab)])),
      ...(links.length === 0 ? {} : { links: links.map((link) => linkOf(link, lab)) }),
    },
  };
  return { text: lineEach(topology), nodes: lab.nodes.length, links: links.length, warnings: leftBehind(lab, links.length) };
}

function nodeOf(node: LabNode, lab: Lab): object {
  const labels = Object.entries(propertiesOf(node, lab)).map(([property, value]) => [`${LABEL}${property}`, value]);
  const isSwitch = node.kind === 'switch' || node.kind === 'bridge' || node.kind === 'vswitch' || node.kind === 'nic';
  return { kind: isSwitch ? 'bridge' : 'linux', labels: Object.fromEntries(labels) };
}

function propertiesOf(node: LabNode, { interfaces }: Lab): Readonly<Record<string, string>> {
  const vfs = interfaces.filter(({ node: of, mode }) => of === node.name && mode === 'vf').length;
  return {
    kind: node.kind,
    ...('on' in node && node.on !== undefined && node.on !== null && node.on !== '' ? { on: node.on } : {}),
    ...(node.kind === 'hypervisor' ? { platform: node.platform } : {}),
    ...(node.kind === 'nic' ? { model: node.model, vfs: String(vfs) } : {}),
    ...(node.kind === 'vswitch' && node.uplinks.length > 0 ? { uplinks: node.uplinks.join(',') } : {}),
  };
}

function linkOf({ a, b }: LabLink, lab: Lab): object {
  const ends = [a, b].map((endpoint) => endOf(endpoint, lab));
  if (ends.every((end) => Object.keys(end).length === 2)) return { endpoints: [a, b] };
  return { type: 'veth', endpoints: ends };
}

function endOf(endpoint: string, { nodes, interfaces }: Lab): object {
  const { node, name } = splitEndpoint(endpoint);
  const kind = nodes.find((one) => one.name === node)?.kind ?? '';
  const iface = interfaces.find((one) => one.node === node && one.name === name);
  const own = { node, interface: name };
  if (iface === undefined || !hasAddresses(kind)) return own;
  const [ipv4] = iface.ipv4;
  return {
    ...own,
    ...(iface.mac === null ? {} : { mac: iface.mac }),
    ...(ipv4 === undefined ? {} : { ipv4: `${ipv4.address}/${ipv4.prefix}` }),
  };
}

function leftBehind({ haPairs, flows, links, interfaces }: Lab, exported: number): readonly string[] {
  const parts: readonly [number, string][] = [
    [haPairs.length, 'HA pairs'],
    [flows.length, 'flows'],
    [links.length - exported, 'cables of guests that are elsewhere'],
    [interfaces.filter(({ ipv4 }) => ipv4.length > 1).length, 'second addresses of interfaces'],
    [interfaces.filter(({ ipv6 }) => ipv6 !== undefined).length, 'IPv6'],
  ];
  return parts.flatMap(([number, what]) => (number > 0 ? [`${what} stay behind`] : []));
}
