/** A scene in the languages of other drawing tools, which lay it out by themselves: Mermaid and DOT. */
import { splitEndpoint } from '../model/lab/endpoint.ts';
import { impairmentText } from './draw-link.ts';
import type { Scene, SceneLink, SceneNode } from './scene.ts';
import { countedText, legible } from './text.ts';

/** A flow chart for Mermaid. Hypervisors are subgraphs. */
export function mermaidText(scene: Scene): string {
  const ids = idsOf(scene);
  const box = (node: SceneNode, indent: string): string =>
    `${indent}${ids.get(node.name)}["${wordsOf(node).map(mermaidEscaped).join('<br/>')}"]`;
  const hosts = scene.nodes.filter(({ kind }) => kind === 'hypervisor');
  const subgraphs = hosts.flatMap((host) => [
    `  subgraph ${ids.get(host.name)}["${wordsOf(host).map(mermaidEscaped).join(' ')}"]`,
    ...scene.nodes.filter(({ on }) => on === host.name).map((node) => box(node, '    ')),
    '  end',
  ]);
  const rest = scene.nodes.filter((node) => node.kind !== 'hypervisor' && !hosts.some(({ name }) => name === node.on));
  const lines = linesOf(scene, ids).map(({ from, to, words, link }) => {
    const stroke = link.isUp ? '---' : '-.-';
    return `  ${from} ${stroke}|"${mermaidEscaped(words)}"| ${to}`;
  });
  return `${['flowchart LR', ...subgraphs, ...rest.map((node) => box(node, '  ')), ...lines].join('\n')}\n`;
}

/** An undirected graph for Graphviz. Hypervisors are clusters. */
export function dotText(scene: Scene): string {
  const ids = idsOf(scene);
  const box = (node: SceneNode, indent: string): string =>
    `${indent}${ids.get(node.name)} [label="${wordsOf(node).map(dotEscaped).join('\\n')}"];`;
  const hosts = scene.nodes.filter(({ kind }) => kind === 'hypervisor');
  const clusters = hosts.flatMap((host) => [
    `  subgraph cluster_${ids.get(host.name)} {`,
    `    label="${wordsOf(host).map(dotEscaped).join(' ')}";`,
    ...scene.nodes.filter(({ on }) => on === host.name).map((node) => box(node, '    ')),
    '  }',
  ]);
  const rest = scene.nodes.filter((node) => node.kind !== 'hypervisor' && !hosts.some(({ name }) => name === node.on));
  const lines = linesOf(scene, ids).map(({ from, to, words, link }) => {
    const style = link.isUp ? '' : ', style=dashed';
    return `  ${from} -- ${to} [label="${dotEscaped(words)}"${style}];`;
  });
  const head = ['graph lab {', '  rankdir=LR;', '  node [shape=box];'];
  return `${[...head, ...clusters, ...rest.map((node) => box(node, '  ')), ...lines, '}'].join('\n')}\n`;
}

/** Names of nodes may be words of the language; numbers are none. */
function idsOf({ nodes }: Scene): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ name }, number) => [name, `n${number}`]));
}

function wordsOf({ name, kind, role, isRunning, movesTo, drops, ports }: SceneNode): readonly string[] {
  const frames = [...drops, ...ports.flatMap((port) => port.drops)].reduce((sum, drop) => sum + drop.frames, 0);
  const state = [kind, role ?? '', isRunning ? '' : 'off', movesTo === '' ? '' : `moves to ${movesTo}`];
  return [name, state.filter((word) => word !== '').join(', '), ...(frames === 0 ? [] : [`drops ${countedText(frames, 'frame')}`])];
}

interface TextLine {
  readonly from: string;
  readonly to: string;
  readonly words: string;
  readonly link: SceneLink;
}

/** Links that are plugged, between nodes that there are. */
function linesOf({ links }: Scene, ids: ReadonlyMap<string, string>): readonly TextLine[] {
  return links.flatMap((link) => {
    const [a, b] = [splitEndpoint(link.a), splitEndpoint(link.b)];
    const [from, to] = [ids.get(a.node), ids.get(b.node)];
    if (!link.isPlugged || from === undefined || to === undefined) return [];
    const does = [...new Set([link.fromA, link.fromB].map(impairmentText))].filter((text) => text !== '');
    const words = [
      `${a.name} - ${b.name}`,
      ...(link.vlan === 0 ? [] : [`VLAN ${link.vlan}`]),
      ...(link.isUp ? [] : ['down']),
      ...does,
    ];
    return [{ from, to, words: words.join(', '), link }];
  });
}

/** Only letters, digits and a few signs are written as they are, the others as numbers: quotes, brackets and backticks mean something. */
function mermaidEscaped(text: string): string {
  return legible(text).replace(/[^\p{L}\p{N} .,:/+%-]/gu, (found) => `#${found.codePointAt(0)};`);
}

/** In a quoted string, Graphviz reads escapes and character references. */
function dotEscaped(text: string): string {
  return legible(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;').replaceAll('\n', '\\n');
}
