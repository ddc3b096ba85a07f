/** A port on the edge of its box: carrier, name and VLAN, MACs that are followed, drops. */
import { type Attributes, type SvgElement, svg } from './element.ts';
import type { Place, PortPlace } from './layout.ts';
import type { SceneDrop, SceneNode, ScenePort } from './scene.ts';
import { countedText, countText, shown, widthOf } from './text.ts';

const HALF_PX = 4;
const LABEL_PX = 9;
const BASELINE_PX = 4;
const RAIL_ROOM_PX = 12;
const LETTER_PX = 6;
/** Letters beside a port; a port with more ends in a plus. */
const LETTERS_MAX = 2;
const PILL_PX = 14;
const DROP_ROOM_PX = 22;

export function drawPort(node: string, at: PortPlace, port: ScenePort): SvgElement {
  const { x, y } = at;
  const endpoint = `${node}:${port.name}`;
  return svg(
    'g',
    { class: port.isUp ? 'up' : 'down', 'data-interface': endpoint },
    [
      svg('title', {}, [portTitle(endpoint, port)]),
      svg('rect', { class: 'port', x: x - HALF_PX, y: y - HALF_PX, width: 2 * HALF_PX, height: 2 * HALF_PX }),
      port.isUp
        ? null
        : svg('path', { class: 'cross', d: `M${x - 3} ${y - 3}L${x + 3} ${y + 3}M${x - 3} ${y + 3}L${x + 3} ${y - 3}` }),
      label(at, port),
      port.mode === 'uplink' ? uplinkMark(at, port) : null,
      ...letters(at, port),
    ],
    port.name,
  );
}

/** "eth1 ·10": the name, and the tags that its frames carry or the VLAN it is in. */
export function portLabel({ name, vlan, tags, status, isUp }: ScenePort): string {
  const vlans =
    vlan === TRUNK ? ['trunk'] : vlan > 1 ? [String(vlan)] : tags.length > TAGS_MAX ? [`${tags.length} tags`] : tags.map(String);
  const own = vlans.length === 0 ? '' : ` ·${vlans.join(',')}`;
  const isPlain = status === 'forwarding' || status === 'ready' || !isUp;
  return `${shown(name)}${own}${isPlain ? '' : ` ${status}`}`;
}

const TRUNK = 4095;
const TAGS_MAX = 2;

function label(at: PortPlace, port: ScenePort): SvgElement {
  const text = portLabel(port);
  const inset = LABEL_PX + (port.mode === 'vf' ? RAIL_ROOM_PX : 0);
  if (at.side === 'left') return svg('text', { x: at.x + inset, y: at.y + BASELINE_PX }, [text]);
  if (at.side === 'right') return svg('text', { x: at.x - inset, y: at.y + BASELINE_PX, 'text-anchor': 'end' }, [text]);
  const y = at.side === 'top' ? at.y + PILL_PX : at.y - LABEL_PX + 2;
  return svg('text', { class: 'small', x: at.x, y, 'text-anchor': 'middle' }, [text]);
}

/** A triangle outside the edge, filled for the uplink in use. */
function uplinkMark({ side, x, y }: PortPlace, { isActiveUplink }: ScenePort): SvgElement {
  const tip = side === 'left' ? -1 : 1;
  const from = x + tip * 6;
  return svg('g', { class: isActiveUplink ? 'in-use' : 'standby' }, [
    svg('path', { class: 'uplink', d: `M${from} ${y - 4}L${from + tip * 6} ${y}L${from} ${y + 4}Z` }),
  ]);
}

/** Letters behind the label: a filled one is used by this interface, a ring is where a switch believes it to be. */
function letters(at: PortPlace, port: ScenePort): readonly SvgElement[] {
  const all = [
    ...(port.uses === '' ? [] : [{ letter: port.uses, how: 'uses' }]),
    ...port.believes.map((letter) => ({ letter, how: 'believes' })),
  ];
  const some = all.length > LETTERS_MAX + 1 ? [...all.slice(0, LETTERS_MAX), { letter: '+', how: 'believes' }] : all;
  const inset = LABEL_PX + widthOf(portLabel(port)) + (port.mode === 'vf' ? RAIL_ROOM_PX : 0) + LETTER_PX + 2;
  return some.map(({ letter, how }, number) => {
    const away = inset + number * (2 * LETTER_PX + 1);
    const isLevel = at.side === 'left' || at.side === 'right';
    const cx = !isLevel ? at.x + LABEL_PX + away / 2 : at.side === 'left' ? at.x + away : at.x - away;
    const cy = isLevel ? at.y : at.side === 'top' ? at.y + LABEL_PX : at.y - LABEL_PX;
    return svg('g', { class: `mac ${how}`, 'data-mac': letter }, [
      svg('circle', { cx, cy, r: LETTER_PX }),
      svg('text', { x: cx, y: cy + 3 }, [letter]),
    ]);
  });
}

interface Anchored {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

function outside({ side, x, y }: PortPlace): Anchored {
  if (side === 'left') return { x: x - DROP_ROOM_PX / 2, y: y + PILL_PX - 3, anchor: 'end' };
  if (side === 'right') return { x: x + DROP_ROOM_PX / 2, y: y + PILL_PX - 3, anchor: 'start' };
  return { x: x + DROP_ROOM_PX / 2, y: side === 'top' ? y - PILL_PX / 2 : y + PILL_PX / 2, anchor: 'start' };
}

/** Drops of a node: its own on its upper edge, those of its ports outside of them. They lie above everything else. */
export function nodeDrops({ x, y, width, ports: places }: Place, { name, drops, ports }: SceneNode): readonly SvgElement[] {
  const own = dropsMark({ 'data-node': name }, name, drops, { x: x + width / 2, y, anchor: 'middle' });
  const at = new Map(places.map((place) => [place.name, place]));
  const others = ports.map((port) => {
    const place = at.get(port.name);
    return place === undefined
      ? null
      : dropsMark({ 'data-interface': `${name}:${port.name}` }, `${name}:${port.name}`, port.drops, outside(place));
  });
  return [own, ...others].filter((mark) => mark !== null);
}

/** Where frames died: a cross and their number. */
function dropsMark(of: Attributes, where: string, drops: readonly SceneDrop[], { x, y, anchor }: Anchored): SvgElement | null {
  const frames = drops.reduce((sum, drop) => sum + drop.frames, 0);
  if (frames === 0) return null;
  const text = countText(frames);
  const width = widthOf(text) + DROP_ROOM_PX;
  const left = Math.round(anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2);
  const top = Math.round(y - PILL_PX / 2);
  const middle = { x: left + 9, y: top + PILL_PX / 2 };
  return svg(
    'g',
    { class: 'drops', ...of },
    [
      svg('title', {}, [[where, ...dropsTitle(drops)].join('\n')]),
      svg('rect', { x: left, y: top, width, height: PILL_PX, rx: PILL_PX / 2 }),
      svg('path', {
        class: 'cross',
        d: `M${middle.x - 3} ${middle.y - 3}l6 6m0 -6l-6 6`,
      }),
      svg('text', { x: left + 16, y: top + PILL_PX - 4 }, [text]),
    ],
    where,
  );
}

/** A line for each reason and cause, most frames first. */
export function dropsTitle(drops: readonly SceneDrop[]): readonly string[] {
  return drops.map(({ reason, cause, frames }) => `drops ${countedText(frames, 'frame')}: ${reason}, cause #${cause}`);
}

function portTitle(endpoint: string, port: ScenePort): string {
  const { mode, isUp, status, mac, vlan, tags, aggregate, isActiveUplink, uses, believes, drops } = port;
  const lines = [
    `${endpoint}: ${mode}, ${isUp ? 'up' : 'down'}${status === 'forwarding' || status === 'ready' ? '' : `, ${status}`}`,
    ...(mac === '' ? [] : [`MAC ${mac}${uses === '' ? '' : ` (${uses})`}`]),
    ...(vlan === TRUNK ? ['all VLANs, tagged'] : vlan === 0 ? [] : [`VLAN ${vlan}`]),
    ...(tags.length === 0 ? [] : [`subinterfaces with tags ${tags.join(', ')}`]),
    ...(aggregate === '' ? [] : [`member of ${aggregate}`]),
    ...(mode === 'uplink' ? [isActiveUplink ? 'active uplink' : 'uplink that stands by'] : []),
    ...(believes.length === 0 ? [] : [`the switch believes ${believes.join(', ')} to be here`]),
    ...dropsTitle(drops),
  ];
  return lines.join('\n');
}
