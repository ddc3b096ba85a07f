/** A containerlab topology as a lab file: its nodes, links, MACs and addresses. What runs in the nodes stays behind. */
import { parseMac } from '../../values/mac.ts';
import { type Finding, tidyFindings } from '../draft/finding.ts';
import { MTU_MAX, MTU_MIN } from '../draft/limits.ts';
import type { Path } from '../draft/source-document.ts';
import { CARRIED, hasAddresses, LABEL } from './labels.ts';
import { lineEach } from './line-each.ts';
import { Names, type Warn } from './names.ts';
import { type ClabEnd, type ClabLink, type ClabNode, readClab } from './read-clab.ts';

export interface ImportedClab {
  /** The lab file; null where the topology is invalid. */
  readonly text: string | null;
  /** Name of the lab. */
  readonly name: string;
  readonly nodes: number;
  readonly links: number;
  readonly findings: readonly Finding[];
}

/** Kinds of containerlab that are what a kind of ours is. */
const KINDS: Readonly<Record<string, string>> = { linux: 'host', host: 'host', bridge: 'bridge', 'ovs-bridge': 'bridge' };

/** @param file as findings name it. */
export function importClab(text: string, file: string): ImportedClab {
  const findings: Finding[] = [];
  const topology = readClab(text, file, findings);
  const nothing = { text: null, name: '', nodes: 0, links: 0, findings: tidyFindings(findings) };
  if (topology === null || findings.some(({ severity }) => severity === 'error')) return nothing;
  const { name, nodes, links, tell } = topology;
  const kinds = new Map(nodes.map((node) => [node.name, kindOf(node)]));
  const warn: Warn = (path, message) => tell('warning', path, message);
  for (const node of nodes) {
    if (kinds.get(node.name) === undefined)
      warn(node.path, `${node.name}: kind ${node.kind || 'unknown'} has no counterpart; it becomes a host`);
  }
  const names = new Names(nodes, links, warn);
  const lab = {
    name: names.lab(name),
    topology: {
      nodes: Object.fromEntries(
        nodes.map((node) => [names.node(node.name, node.path), nodeOf(node, kinds.get(node.name) ?? 'host', links, names, warn)]),
      ),
      links: links.map((link) => linkOf(link, names, warn)),
    },
  };
  return { text: lineEach(lab), name: lab.name, nodes: nodes.length, links: links.length, findings: tidyFindings(findings) };
}

/** What a node becomes; undefined where nothing fits. */
function kindOf({ kind, labels }: ClabNode): string | undefined {
  return labels[`${LABEL}kind`] ?? (Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined);
}

function nodeOf(node: ClabNode, kind: string, links: readonly ClabLink[], names: Names, warn: Warn): object {
  const carried = CARRIED.flatMap((property) => {
    const value = node.labels[`${LABEL}${property}`];
    if (value === undefined || property === 'kind') return [];
    return [[property, property === 'uplinks' ? value.split(',') : property === 'vfs' ? Number(value) : value]];
  });
  const ends = links
    .flatMap((link) => link.ends.map((end) => ({ end, path: link.path })))
    .filter(({ end }) => end.node === node.name);
  const interfaces = hasAddresses(kind)
    ? ends.map(({ end, path }) => [names.interface(end, path), settingsOf(end, path, warn)] as const)
    : [];
  const addressed = interfaces.filter(([, settings]) => Object.keys(settings).length > 0);
  return {
    kind,
    ...Object.fromEntries(carried),
    ...(addressed.length === 0 ? {} : { interfaces: Object.fromEntries(addressed) }),
  };
}

function settingsOf({ node, interface: name, mac, ipv4, ipv6 }: ClabEnd, path: Path, warn: Warn): object {
  const isMac = mac === '' || parseMac(mac) !== null;
  if (!isMac) warn(path, `${node}:${name}: ${mac} is no MAC; it is left out`);
  return {
    ...(mac === '' || !isMac ? {} : { mac }),
    ...(ipv4 === '' ? {} : { ipv4 }),
    ...(ipv6 === '' ? {} : { ipv6: { addresses: ipv6 } }),
  };
}

function linkOf({ ends, mtu, path }: ClabLink, names: Names, warn: Warn): object {
  const endpoints = ends.map((end) => `${names.node(end.node, path)}:${names.interface(end, path)}`);
  if (mtu === null) return { endpoints };
  if (mtu >= MTU_MIN && mtu <= MTU_MAX) return { endpoints, mtu };
  warn(path, `${endpoints.join(' to ')}: MTU ${mtu} is not between ${MTU_MIN} and ${MTU_MAX}; it is left out`);
  return { endpoints };
}
