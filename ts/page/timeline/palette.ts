/** The colours of the time line, light and dark. Whatever a colour says, a text, a place or a pattern says too. */
import type { Track } from '../ask/questions.ts';
import type { Inks } from './pixels.ts';

export interface Palette {
  readonly back: string;
  readonly line: string;
  readonly text: string;
  readonly dim: string;
  readonly accent: string;
  readonly cause: string;
  readonly instant: string;
  readonly inks: Inks;
  readonly strips: Readonly<Record<'good' | 'idle' | 'bad' | 'plain', { readonly back: string; readonly text: string }>>;
}

export const LIGHT: Palette = {
  back: '#ffffff',
  line: '#d5dbe3',
  text: '#1d2633',
  dim: '#566275',
  accent: '#0b57d0',
  cause: '#8a4b00',
  instant: '#eef1f5',
  inks: { outcome: 0xff8a7a6b, input: 0xffd0570b, drop: 0xff2018b3 },
  strips: {
    good: { back: '#c7ead1', text: '#0c4a21' },
    idle: { back: '#d7e3fb', text: '#173b7a' },
    bad: { back: '#fbd3d0', text: '#7d120c' },
    plain: { back: '#e6e9ee', text: '#333d4b' },
  },
};

export const DARK: Palette = {
  back: '#12161c',
  line: '#313a47',
  text: '#e6ebf2',
  dim: '#a3afbf',
  accent: '#8ab4f8',
  cause: '#f2b36b',
  instant: '#1b212a',
  inks: { outcome: 0xffb0a090, input: 0xfff8b48a, drop: 0xff7a7aff },
  strips: {
    good: { back: '#17472a', text: '#b9f0cb' },
    idle: { back: '#1f3765', text: '#cfdffd' },
    bad: { back: '#66201c', text: '#ffd5d1' },
    plain: { back: '#2b333f', text: '#d3dae4' },
  },
};

const GOOD: ReadonlySet<string> = new Set(['active']);
const IDLE: ReadonlySet<string> = new Set(['passive']);
const BAD: ReadonlySet<string> = new Set(['non-functional', 'crashed', 'suspended', 'tentative']);

export function stripTone(track: Track, value: string): keyof Palette['strips'] {
  if (track === 'carrier' || BAD.has(value)) return 'bad';
  if (GOOD.has(value)) return 'good';
  return IDLE.has(value) ? 'idle' : 'plain';
}
