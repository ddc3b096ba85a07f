/** What letters and colours of a picture stand for, below it. */
import { type SvgElement, svg } from './element.ts';
import type { Scene } from './scene.ts';
import { VLAN_COLOURS } from './style.ts';
import { shown } from './text.ts';

const ROW_PX = 17;
const LEFT_PX = 20;
const TEXT_PX = 34;
/** Interfaces that are named beside a MAC. */
const USERS_MAX = 4;
const LETTER_PX = 6;
/** Of its longest line. */
const WIDTH_PX = 520;

export interface Legend {
  readonly element: SvgElement | null;
  /** The room that it needs. */
  readonly width: number;
  readonly height: number;
}

/** The legend from `top` downwards; nothing where nothing needs one. */
export function legend({ macs, vlans }: Scene, top: number): Legend {
  const rows: readonly ((y: number) => readonly SvgElement[])[] = [
    ...macs.map(({ letter, mac, usedBy }) => (y: number) => [
      svg('g', { class: 'mac uses', 'data-mac': letter }, [
        svg('circle', { cx: LEFT_PX, cy: y - 4, r: LETTER_PX }),
        svg('text', { x: LEFT_PX, y: y - 1 }, [letter]),
      ]),
      svg('text', { x: TEXT_PX, y }, [`${mac} ${usersText(usedBy)}`]),
    ]),
    ...(macs.length === 0 ? [] : [(y: number) => [svg('text', { class: 'small', x: TEXT_PX, y }, [HOW_LETTERS])]]),
    ...vlans.map((vlan, number) => (y: number) => [
      svg('g', { class: `vlan-${number % VLAN_COLOURS}` }, [svg('path', { class: 'line', d: `M${LEFT_PX - 8} ${y - 4}h18` })]),
      svg('text', { x: TEXT_PX, y }, [`VLAN ${vlan}`]),
    ]),
  ];
  if (rows.length === 0) return { element: null, width: 0, height: 0 };
  const drawn = rows.map((row, number) => svg('g', {}, row(top + (number + 1) * ROW_PX)));
  return { element: svg('g', { class: 'legend' }, drawn, 'legend'), width: WIDTH_PX, height: (rows.length + 1) * ROW_PX };
}

const HOW_LETTERS = 'filled: the interface uses this MAC; ring: the switch believes it to be behind this port';

function usersText(usedBy: readonly string[]): string {
  if (usedBy.length === 0) return 'used by nobody';
  const some = usedBy.slice(0, USERS_MAX).map(shown);
  return `used by ${some.join(', ')}${usedBy.length > USERS_MAX ? ` and ${usedBy.length - USERS_MAX} more` : ''}`;
}
