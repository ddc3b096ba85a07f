/** Cables: carrier, VLAN, what the line does to frames, what it carries. */
import { shortDuration } from '../values/nanos.ts';
import { type SvgElement, svg } from './element.ts';
import type { Point, Route } from './layout.ts';
import type { SceneLine, SceneLink } from './scene.ts';
import { VLAN_COLOURS } from './style.ts';
import { bitsText, percentText } from './text.ts';

/** Shares of a line's rate from which it is drawn wider; rates where it has none. */
const SHARES = [0.01, 0.1, 0.5, 0.9] as const;
const RATES_BPS = [1e6, 1e8, 1e9, 5e9] as const;
const LABEL_GAP_PX = 14;
const ABOVE_PX = 4;

/** A link on its route. `vlans`: of the lab, which has a colour for each. */
export function drawLink({ points }: Route, link: SceneLink, vlans: readonly number[]): SvgElement {
  const { a, b, vlan, isPlugged, isUp } = link;
  const classes = [
    'link',
    vlan === 0 ? '' : `vlan-${vlans.indexOf(vlan) % VLAN_COLOURS}`,
    !isPlugged ? 'unplugged' : isUp ? 'up' : 'down',
  ];
  const d = points.map(([x, y], corner) => `${corner === 0 ? 'M' : 'L'}${x} ${y}`).join('');
  const [x, y] = middleOf(points);
  return svg(
    'g',
    { class: classes.filter((one) => one !== '').join(' '), 'data-link': link.link },
    [
      svg('title', {}, [linkTitle(link)]),
      svg('path', { class: `line load-${loadClass(link)}`, d }),
      isPlugged && !isUp ? svg('path', { class: 'cross', d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` }) : null,
      impairedMark(link, x, y),
      ...(isPlugged ? endLabels(link, points) : []),
    ],
    `${a} ${b}`,
  );
}

/** What leaves by each end, beside it. */
function endLabels({ fromA, fromB }: SceneLink, points: readonly Point[]): readonly (SvgElement | null)[] {
  const first = points[0];
  const last = points.at(-1);
  const label = (line: SceneLine, at: Point | undefined, next: Point | undefined): SvgElement | null => {
    if (line.loadBps === null || line.loadBps === 0 || at === undefined || next === undefined) return null;
    const isRight = next[0] >= at[0];
    const x = at[0] + (isRight ? LABEL_GAP_PX : -LABEL_GAP_PX);
    return svg('text', { class: 'small', x, y: at[1] - ABOVE_PX, 'text-anchor': isRight ? 'start' : 'end' }, [
      bitsText(line.loadBps),
    ]);
  };
  return [label(fromA, first, points[1]), label(fromB, last, points.at(-2))];
}

/** A wave on the line, and in words what it does. */
function impairedMark({ fromA, fromB }: SceneLink, x: number, y: number): SvgElement | null {
  const words = [...new Set([fromA, fromB].map(impairmentText))].filter((text) => text !== '');
  if (words.length === 0) return null;
  return svg('g', { class: 'impaired' }, [
    svg('path', { class: 'mark', d: `M${x - 8} ${y}q2 -6 4 0t4 0t4 0t4 0` }),
    svg('text', { class: 'small', x, y: y - 2 * ABOVE_PX, 'text-anchor': 'middle' }, [words.join(' / ')]),
  ]);
}

/** "+5ms, loses 1 %"; empty for a line that does nothing. */
export function impairmentText({ impairment }: SceneLine): string {
  if (impairment === null) return '';
  const { delayNs, jitterNs, lossPpm, corruptionPpm, rateBps } = impairment;
  return [
    delayNs === 0 ? '' : `+${shortDuration(delayNs)}`,
    jitterNs === 0 ? '' : `jitter ${shortDuration(jitterNs)}`,
    lossPpm === 0 ? '' : `loses ${percentText(lossPpm)}`,
    corruptionPpm === 0 ? '' : `corrupts ${percentText(corruptionPpm)}`,
    rateBps === 0 ? '' : bitsText(rateBps),
  ]
    .filter((one) => one !== '')
    .join(', ');
}

/** 0 for an idle line to 4 for a full one. */
function loadClass({ fromA, fromB, rateBps, isPlugged }: SceneLink): number {
  const load = Math.max(fromA.loadBps ?? 0, fromB.loadBps ?? 0);
  if (!isPlugged || load === 0) return 0;
  return rateBps === 0 ? RATES_BPS.filter((rate) => load >= rate).length : SHARES.filter((share) => load >= share * rateBps).length;
}

/** The middle of the longest piece of a line. */
function middleOf(points: readonly Point[]): Point {
  let best: { readonly length: number; readonly at: Point } = { length: -1, at: points[0] ?? [0, 0] };
  points.slice(1).forEach(([x, y], corner) => {
    const [fromX, fromY] = points[corner] ?? [x, y];
    const length = Math.abs(x - fromX) + Math.abs(y - fromY);
    if (length > best.length) best = { length, at: [Math.round((x + fromX) / 2), Math.round((y + fromY) / 2)] };
  });
  return best.at;
}

function linkTitle({ a, b, isPlugged, isUp, vlan, rateBps, fromA, fromB }: SceneLink): string {
  const line = (from: string, one: SceneLine): string[] => {
    const does = [impairmentText(one), one.loadBps === null ? '' : `carries ${bitsText(one.loadBps)}`].filter(
      (text) => text !== '',
    );
    return does.length === 0 ? [] : [`from ${from}: ${does.join(', ')}`];
  };
  return [
    `${a} to ${b}: ${!isPlugged ? 'not plugged' : isUp ? 'up' : 'down'}`,
    ...(rateBps === 0 ? [] : [bitsText(rateBps)]),
    ...(vlan === 0 ? [] : [`VLAN ${vlan}`]),
    ...line(a, fromA),
    ...line(b, fromB),
  ].join('\n');
}
