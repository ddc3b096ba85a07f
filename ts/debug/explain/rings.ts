/**
 * Cables that close a ring of switches. No port of a lab is blocked, so what is flooded goes round a ring for ever: it moves addresses to
 * ports where nobody has them, and fills lines. A drop in such a lab may have the ring behind it, whatever its reason.
 */
import { type Endpoint, endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { LabLink } from '../../model/lab/links.ts';
import { linkPath, type Property } from './property.ts';

const FORWARDING: ReadonlySet<string> = new Set(['switch', 'bridge']);

/** The closing cable of each ring, with the lab without it: of the cables of a ring the one that the file has last. */
export function closingCables(lab: Lab): readonly Property[] {
  const interfaces = new Map(lab.interfaces.map((iface) => [endpointOf(iface), iface]));
  const switches = new Set(lab.nodes.flatMap(({ name, kind }) => (FORWARDING.has(kind) ? [name] : [])));
  const joined = new Map<string, string>();
  return lab.links.flatMap((link, number) => {
    const ends = [link.a, link.b].map((end) => splitEndpoint(end).node);
    if (!ends.every((node) => switches.has(node)) || isSpare(link, interfaces)) return [];
    const [from, to] = ends.map((node) => rootOf(joined, node));
    if (from === undefined || to === undefined) return [];
    if (from !== to) joined.set(from, to);
    return from === to ? [withoutCable(lab, number)] : [];
  });
}

/** A cable that carries nothing yet, or one of several that act as one (HST-02). */
function isSpare({ a, b, reserved, standby }: LabLink, interfaces: ReadonlyMap<Endpoint, LabInterface>): boolean {
  const isMember = [a, b].some((end) => {
    const iface = interfaces.get(end);
    return iface?.bond !== undefined || iface?.memberOf !== undefined;
  });
  return reserved === true || standby === true || isMember;
}

/** The switch that stands for all those that are cabled to one. */
function rootOf(joined: ReadonlyMap<string, string>, node: string): string {
  let root = node;
  for (let next = joined.get(root); next !== undefined; next = joined.get(root)) root = next;
  return root;
}

function withoutCable(lab: Lab, number: number): Property {
  const { a = '', b = '' } = lab.links[number] ?? {};
  const changed = { ...lab, links: lab.links.filter((_, i) => i !== number) };
  return { path: linkPath(number), value: `${a} to ${b} closes a ring of switches`, other: 'no such cable', lab: changed };
}
