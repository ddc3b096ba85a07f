/**
 * A moment of a lab, drawn: one pure function from a layout and a scene to a tree.
 *
 * Colour is never alone: carrier, role, power, uplinks, drops and impairments have shapes of their own, VLANs and rates are written out.
 */
import { formatSeconds } from '../values/nanos.ts';
import { drawLink } from './draw-link.ts';
import { drawPlace, isAt } from './draw-node.ts';
import { nodeDrops } from './draw-port.ts';
import { type SvgElement, svg } from './element.ts';
import type { PictureLayout } from './layout.ts';
import { legend } from './legend.ts';
import type { Scene } from './scene.ts';

const CAPTION_PX = 28;

/**
 * The picture of a scene: an `svg` element without a style sheet, which is `PICTURE_STYLE`. Boxes and lines are where the layout has them at
 * every moment; only the legend below may grow.
 * @param caption what the picture is of, such as the name of the lab
 */
export function drawing(layout: PictureLayout, scene: Scene, caption = ''): SvgElement {
  const nodes = new Map(scene.nodes.map((node) => [node.name, node]));
  const links = new Map(scene.links.map((link) => [link.link, link]));
  const isHost = (node: string): boolean => nodes.get(node)?.kind === 'hypervisor';
  const hosts = layout.places.filter(({ node }) => isHost(node));
  const others = layout.places.filter(({ node }) => !isHost(node));
  const below = legend(scene, layout.height);
  const moment = `position ${scene.position}, ${formatSeconds(scene.atNs)} s`;
  const title = caption === '' ? moment : `${caption}, ${moment}`;
  const width = Math.max(layout.width, below.width);
  const height = layout.height + CAPTION_PX + below.height;
  const lines = layout.routes.flatMap((route) => {
    const link = links.get(route.link);
    return link === undefined ? [] : [drawLink(route, link, scene.vlans)];
  });
  const drops = layout.places.flatMap((place) => {
    const node = nodes.get(place.node);
    return node !== undefined && isAt(place, node) ? nodeDrops(place, node) : [];
  });
  return svg('svg', { class: 'picture', viewBox: `0 ${-CAPTION_PX} ${width} ${height}`, role: 'img', 'aria-label': title }, [
    svg('title', {}, [title]),
    svg('rect', { class: 'paper', x: 0, y: -CAPTION_PX, width, height }),
    svg('text', { class: 'name', x: CAPTION_PX / 2, y: -CAPTION_PX / 4 }, [title], 'caption'),
    svg(
      'g',
      { class: 'hosts' },
      hosts.map((place) => drawPlace(place, nodes.get(place.node))),
      'hosts',
    ),
    svg('g', { class: 'links' }, lines, 'links'),
    svg(
      'g',
      { class: 'nodes' },
      others.map((place) => drawPlace(place, nodes.get(place.node))),
      'nodes',
    ),
    svg('g', { class: 'deaths' }, drops, 'deaths'),
    below.element,
  ]);
}
