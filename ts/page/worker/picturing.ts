/**
 * The picture of the lab that is open, drawn in the worker. The document gets only the parts that changed: drawing 500 nodes takes longer than
 * a frame of the screen, patching the few that an event changes does not.
 */
import type { Lab } from '../../model/lab/lab.ts';
import { drawing } from '../../picture/drawing.ts';
import type { SvgElement } from '../../picture/element.ts';
import { MacFollower, TOLD_BY } from '../../picture/followed-macs.ts';
import type { PictureLayout } from '../../picture/layout.ts';
import { plainLayout } from '../../picture/plain-layout.ts';
import { planHash, planOf } from '../../picture/plan.ts';
import { type Moment, sceneOf } from '../../picture/scene-of.ts';
import { svgText } from '../../picture/svg-text.ts';
import type { Json, PictureChanges } from '../ask/questions.ts';
import type { Recording } from './recording.ts';

/** Groups of the picture whose elements are parts of their own, by key. */
const GROUPS: ReadonlySet<string> = new Set(['hosts', 'links', 'nodes']);

export class Picturing {
  readonly #recording: Recording;
  readonly #follower = new MacFollower();
  /** Up to where MACs were followed. */
  #followed = 0;
  #layout: PictureLayout | null = null;
  #sent: ReadonlyMap<string, string> = new Map();

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** Lays the lab out: as is given, where that is of its definition, else in columns. @throws RangeError for a lab that nothing defines */
  layOut(given: Json | null): PictureLayout {
    const plan = planOf(this.#defined());
    const isOfPlan = given?.['schema'] === 1 && given['plan'] === planHash(plan);
    this.#layout = isOfPlan ? (given as unknown as PictureLayout) : plainLayout(plan);
    return this.#layout;
  }

  /** The parts of a moment's picture that are not as they were in the last answer. */
  changes(moment: Moment): PictureChanges {
    const parts = partsOf(this.drawn(moment));
    const changed = [...parts].filter(([name, text]) => this.#sent.get(name) !== text);
    const gone = [...this.#sent.keys()].filter((name) => !parts.has(name)).map((name) => [name, ''] as const);
    this.#sent = parts;
    return [...changed, ...gone];
  }

  /** The picture of a moment as a file, as `switchback graph` writes it. */
  file(moment: Moment): string {
    return svgText(this.drawn(moment));
  }

  drawn(moment: Moment): SvgElement {
    const layout = this.#layout ?? this.layOut(null);
    return drawing(layout, sceneOf({ ...moment, followed: this.#macs() }), this.#recording.lab);
  }

  #macs(): readonly string[] {
    const { end } = this.#recording;
    for (const event of this.#recording.eventsOf(TOLD_BY, this.#followed + 1)) this.#follower.add(event);
    this.#followed = end;
    return this.#follower.macs();
  }

  #defined(): Lab {
    const { defined, lab } = this.#recording.stateAt(Math.min(1, this.#recording.end));
    const found = defined ?? lab;
    if (found === null) throw new RangeError(`lab ${this.#recording.lab} has no definition`);
    return found;
  }
}

/** The parts of a picture in the order in which they are drawn. A group comes empty, and its elements behind it: "nodes", "nodes fw1@". */
function partsOf({ children, ...root }: SvgElement): ReadonlyMap<string, string> {
  const parts = new Map([['', JSON.stringify({ ...root, children: [] })]]);
  for (const [number, child] of children.entries()) {
    if (typeof child === 'string') continue;
    const name = child.key === '' ? `#${number}` : child.key;
    if (!GROUPS.has(name)) {
      parts.set(name, JSON.stringify(child));
      continue;
    }
    parts.set(name, JSON.stringify({ ...child, children: [] }));
    for (const one of child.children) if (typeof one !== 'string') parts.set(`${name} ${one.key}`, JSON.stringify(one));
  }
  return parts;
}
