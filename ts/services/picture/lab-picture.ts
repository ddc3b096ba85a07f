/** A recorded lab at a moment, and a lab that has not run, as scene and layout. */
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { evolve, initialState } from '../../model/state/lab-state.ts';
import { MacFollower } from '../../picture/followed-macs.ts';
import type { PictureLayout } from '../../picture/layout.ts';
import type { Scene } from '../../picture/scene.ts';
import { type SceneDerived, sceneOf } from '../../picture/scene-of.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import { nanos } from '../../values/nanos.ts';
import { type StateAt, stateAt } from '../ask/state-at.ts';
import { LAYOUT_LIMIT_MS } from './lay-out.ts';
import { storedLayout } from './stored-layout.ts';

export interface LabPicture {
  readonly scene: Scene;
  readonly layout: PictureLayout;
  /** Something that the layout's maker wants to tell; '' for nothing. */
  readonly note: string;
}

/** The load of a line is what it carried in so long before the moment. */
export const LOAD_NS = 100_000_000;

/** What is there to draw, and the definition that a layout is made for. */
export interface LabScene {
  readonly scene: Scene;
  readonly defined: Lab;
}

/** A recorded lab at a moment. @throws RangeError for a lab that nothing defines */
export async function labScene(log: EventLog, lab: string, until: Until, snapshots?: SnapshotStore): Promise<LabScene> {
  const options = snapshots === undefined ? {} : { snapshots };
  const { recorded, derived } = await stateAt(log, lab, until, options);
  const defined = recorded.defined ?? recorded.lab;
  if (defined === null) throw new RangeError(`lab ${lab} has no definition at position ${recorded.position}`);
  const before = derived === null ? null : await countersBefore(log, lab, derived, options);
  return { scene: sceneOf({ state: recorded, derived, before, followed: await followedIn(log, lab) }), defined };
}

/** The same with its layout. @param limitMs how long ELK may take */
export async function labPicture(
  log: EventLog,
  lab: string,
  until: Until,
  snapshots?: SnapshotStore,
  limitMs = LAYOUT_LIMIT_MS,
): Promise<LabPicture> {
  const { scene, defined } = await labScene(log, lab, until, snapshots);
  return { scene, ...(await storedLayout(log, snapshots, lab, defined, limitMs)) };
}

/** The lab a little before; where it had not begun by then, nothing was counted. */
async function countersBefore(
  log: EventLog,
  lab: string,
  { atNs }: SceneDerived,
  options: { readonly snapshots?: SnapshotStore },
): Promise<Pick<SceneDerived, 'atNs' | 'interfaces'>> {
  if (atNs <= LOAD_NS) return { atNs: 0, interfaces: [] };
  const earlier: StateAt = await stateAt(log, lab, { atNs: nanos(atNs - LOAD_NS) }, options);
  return earlier.derived ?? { atNs: 0, interfaces: [] };
}

async function followedIn(log: EventLog, lab: string): Promise<readonly string[]> {
  const follower = new MacFollower();
  for await (const batch of log.read(lab, 1)) for (const { body } of batch) follower.add(decodeBody(body));
  return follower.macs();
}

/** A lab as its file defines it: nothing has happened yet. */
export function definedScene(lab: Lab): LabScene {
  const state = initialState();
  const data = { definition: canonicalJson(lab), pacePermille: 0 };
  evolve(state, { position: 0, atNs: nanos(0), cause: 0, type: 'LabDefined', data });
  return { scene: sceneOf({ state, derived: null }), defined: lab };
}
