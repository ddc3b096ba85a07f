/**
 * A containerlab topology (*.clab.yml) as plain nodes and links. Kinds come from the node, its group or the defaults, as containerlab takes
 * them. Links that lead out of the topology (to the host, the management network, a macvlan or VXLAN tunnel) have no counterpart in a lab.
 */
import type { Finding } from '../draft/finding.ts';
import { type Path, readSource, type SourceDocument } from '../draft/source-document.ts';

export interface ClabEnd {
  readonly node: string;
  readonly interface: string;
  /** '' where the file does not say. */
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface ClabNode {
  readonly name: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly path: Path;
}

export interface ClabLink {
  readonly ends: readonly [ClabEnd, ClabEnd];
  readonly mtu: number | null;
  readonly path: Path;
}

export interface ClabTopology {
  readonly tell: Tell;
  readonly name: string;
  readonly nodes: readonly ClabNode[];
  readonly links: readonly ClabLink[];
}

/** Tells something about a place of the file. */
export type Tell = (severity: Finding['severity'], path: Path, message: string) => void;

/** Node names that containerlab keeps for what is outside of a topology. */
const OUTSIDE: ReadonlySet<string> = new Set(['host', 'mgmt-net', 'macvlan']);
/** Link types with two nodes at their ends. */
const CABLES: ReadonlySet<string> = new Set(['', 'veth', 'veth-stitch']);
/** What a file with expressions of Go's templates is told. */
const TEMPLATE = 'containerlab renders what {{ }} stands for before it reads the file: import a rendered one';

/** Null where the text is no topology; what is wrong, and what is left out, is told. */
export function readClab(text: string, file: string, findings: Finding[]): ClabTopology | null {
  const { source, problems } = readSource(text);
  const because = text.includes('{{') ? `; ${TEMPLATE}` : '';
  for (const { line, column, message } of problems) {
    findings.push({ file, line, column, severity: 'error', message: message + because });
  }
  if (source === null) return null;
  const tell: Tell = (severity, path, message) => {
    const { line, column } = source.keyPlace(path);
    findings.push({ file, line, column, severity, message });
  };
  const top = mapOf(source.value);
  const topology = mapOf(top['topology']);
  const rawNodes = mapOf(topology['nodes']);
  if (typeof top['name'] !== 'string') tell('error', ['name'], 'a topology has a name');
  if (Object.keys(rawNodes).length === 0) tell('error', ['topology', 'nodes'], 'a topology has nodes');
  if (findings.some(({ severity }) => severity === 'error')) return null;
  const nodes = Object.keys(rawNodes).map((name) => nodeOf(topology, name));
  return { tell, name: String(top['name']), nodes, links: linksOf(source, new Set(Object.keys(rawNodes)), tell) };
}

type RawMap = Readonly<Record<string, unknown>>;

function mapOf(value: unknown): RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawMap) : {};
}

function nodeOf(topology: RawMap, name: string): ClabNode {
  const node = mapOf(mapOf(topology['nodes'])[name]);
  const defaults = mapOf(topology['defaults']);
  const group = mapOf(mapOf(topology['groups'])[textOf(node['group'] ?? defaults['group'])]);
  const kind = textOf(node['kind'] ?? group['kind'] ?? defaults['kind']);
  const kinds = mapOf(mapOf(topology['kinds'])[kind]);
  const labels = [defaults, kinds, group, node].flatMap((one) => Object.entries(mapOf(one['labels'])));
  return {
    name,
    kind,
    labels: Object.fromEntries(labels.map(([key, value]) => [key, textOf(value)])),
    path: ['topology', 'nodes', name],
  };
}

function linksOf({ value }: SourceDocument, nodes: ReadonlySet<string>, tell: Tell): readonly ClabLink[] {
  const raw = mapOf(mapOf(value)['topology'])['links'];
  return (Array.isArray(raw) ? raw : []).flatMap(
    (link: unknown, index) => linkOf(mapOf(link), ['topology', 'links', index], nodes, tell) ?? [],
  );
}

function linkOf(raw: RawMap, path: Path, nodes: ReadonlySet<string>, tell: Tell): ClabLink | null {
  const type = textOf(raw['type']);
  if (!CABLES.has(type)) return leftOut(tell, path, `a link of type ${type} leads out of the topology`);
  const written = Array.isArray(raw['endpoints']) ? (raw['endpoints'] as unknown[]) : [];
  const ends = written.map((end, index) => endOf(end, raw, index));
  const [a, b] = ends;
  if (a === undefined || b === undefined || ends.length > 2 || a.interface === '' || b.interface === '') {
    tell('error', path, 'a link has two endpoints, written NODE:INTERFACE');
    return null;
  }
  if ([a, b].some((end) => `${end.node}:${end.interface}`.includes('{{'))) {
    tell('error', path, TEMPLATE);
    return null;
  }
  const stranger = [a, b].find(({ node }) => !nodes.has(node));
  if (stranger !== undefined && OUTSIDE.has(stranger.node)) {
    return leftOut(tell, path, `${stranger.node}:${stranger.interface} is outside of the topology`);
  }
  if (stranger !== undefined) {
    tell('error', path, `there is no node "${stranger.node}"`);
    return null;
  }
  return { ends: [a, b], mtu: typeof raw['mtu'] === 'number' ? raw['mtu'] : null, path };
}

function leftOut(tell: Tell, path: Path, why: string): null {
  tell('warning', path, `${why}; the link is left out`);
  return null;
}

/** "node:interface" or a map; brief links have the addresses of both ends in lists of their own. */
function endOf(raw: unknown, link: RawMap, index: number): ClabEnd {
  const listed = (key: 'ipv4' | 'ipv6'): string => {
    const list = link[key];
    return Array.isArray(list) ? textOf(list[index]) : '';
  };
  const { node, interface: name, mac, ipv4, ipv6 } = typeof raw === 'string' ? split(raw) : mapOf(raw);
  return {
    node: textOf(node),
    interface: textOf(name),
    mac: textOf(mac),
    ipv4: textOf(ipv4) || listed('ipv4'),
    ipv6: textOf(ipv6) || listed('ipv6'),
  };
}

function split(endpoint: string): RawMap {
  const cut = endpoint.indexOf(':');
  return cut < 0 ? { node: endpoint } : { node: endpoint.slice(0, cut), interface: endpoint.slice(cut + 1) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
