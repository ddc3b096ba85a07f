/** Boxes: hypervisors, what is in them, and the rest. */

import { drawPort, dropsTitle } from './draw-port.ts';
import { type SvgElement, svg } from './element.ts';
import type { Place } from './layout.ts';
import type { SceneNode } from './scene.ts';
import { countedText, shown } from './text.ts';

const INSET_PX = 10;
const TITLE_PX = 16;
const KIND_PX = 30;
const CORNER_PX = 6;
const ROLE_PX = 5;

/** A place and the node in it; an outline alone where the node is not there now. */
export function drawPlace(place: Place, node: SceneNode | undefined): SvgElement {
  const isThere = node !== undefined && isAt(place, node);
  const key = `${place.node}@${place.on ?? ''}`;
  if (!isThere) return drawGhost(place, key);
  const classes = ['node', node.kind, node.role ?? '', node.isRunning ? '' : 'off'].filter((one) => one !== '').join(' ');
  const ports = new Map(node.ports.map((port) => [port.name, port]));
  const drawn = place.ports.flatMap((at) => {
    const port = ports.get(at.name);
    return port === undefined ? [] : [drawPort(node.name, at, port)];
  });
  return svg(
    'g',
    { class: classes, 'data-node': node.name },
    [
      svg('title', {}, [nodeTitle(node)]),
      drawBox(place),
      ...header(place, node),
      node.isRunning ? null : cross(place.x + place.width - INSET_PX - ROLE_PX, place.y + TITLE_PX - 4, ROLE_PX),
      node.kind === 'nic' ? functionsRail(place) : null,
      ...drawn,
    ],
    key,
  );
}

/** Whether a node is at a place now. */
export function isAt(place: Place, { kind, on }: SceneNode): boolean {
  return kind === 'hypervisor' || on === place.on;
}

/** A diagonal cross. */
export function cross(x: number, y: number, r: number): SvgElement {
  return svg('path', { class: 'cross', d: `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}` });
}

function drawBox({ x, y, width, height }: Place): SvgElement {
  return svg('rect', { class: 'box', x, y, width, height, rx: CORNER_PX });
}

function header({ x, y, width }: Place, node: SceneNode): readonly (SvgElement | null)[] {
  const words = [
    node.kind,
    node.role ?? '',
    node.isRunning ? '' : 'off',
    node.movesTo === '' ? '' : `moves to ${shown(node.movesTo)}`,
  ];
  return [
    svg('text', { class: 'name', x: x + INSET_PX, y: y + TITLE_PX }, [shown(node.name)]),
    svg('text', { class: 'small', x: x + INSET_PX, y: y + KIND_PX }, [words.filter((word) => word !== '').join(' · ')]),
    node.role === null || !node.isRunning ? null : roleMark(node.role, x + width - INSET_PX - ROLE_PX, y + TITLE_PX - 4),
  ];
}

/** A filled dot is active, a ring passive, a ring with a bar anything else. */
function roleMark(role: NonNullable<SceneNode['role']>, cx: number, cy: number): SvgElement {
  const ring = svg('circle', { class: 'role', cx, cy, r: ROLE_PX });
  if (role === 'active' || role === 'passive') return ring;
  return svg('g', {}, [ring, svg('path', { class: 'role', d: `M${cx - ROLE_PX} ${cy}H${cx + ROLE_PX}` })]);
}

function drawGhost(place: Place, key: string): SvgElement {
  const { x, y } = place;
  return svg(
    'g',
    { class: 'ghost', 'data-node': place.node },
    [
      svg('title', {}, [`${place.node} may move to ${place.on ?? ''}`]),
      drawBox(place),
      svg('text', { class: 'small', x: x + INSET_PX, y: y + TITLE_PX }, [shown(place.node)]),
      svg('text', { class: 'small', x: x + INSET_PX, y: y + KIND_PX }, ['not here']),
    ],
    key,
  );
}

/** The PF of a NIC has VFs: a rail from it along them. */
function functionsRail({ ports, x, width }: Place): SvgElement | null {
  const pf = ports.find(({ name }) => name === 'pf');
  const vfs = ports.filter(({ name, side }) => name.startsWith('vf') && side === pf?.side);
  const last = vfs.at(-1);
  if (pf === undefined || last === undefined || pf.side === 'top' || pf.side === 'bottom') return null;
  const rail = pf.side === 'left' ? x + RAIL_PX : x + width - RAIL_PX;
  const steps = vfs.map(({ y }) => `M${rail} ${y}H${pf.side === 'left' ? rail + STEP_PX : rail - STEP_PX}`);
  return svg('path', { class: 'rail', d: `M${rail} ${pf.y + STEP_PX}V${last.y}${steps.join('')}` });
}

const RAIL_PX = 12;
const STEP_PX = 5;

function nodeTitle(node: SceneNode): string {
  const { name, kind, on, role, isRunning, otherPorts, drops } = node;
  return [
    `${name}: ${kind}${on === null ? '' : ` on ${on}`}`,
    ...(role === null ? [] : [`HA ${role}`]),
    ...(isRunning ? [] : ['without power']),
    ...(otherPorts === 0 ? [] : [`${countedText(otherPorts, 'more interface')}, not drawn`]),
    ...dropsTitle(drops),
  ].join('\n');
}
