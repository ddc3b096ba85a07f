/**
 * The layout of a recorded lab, kept beside it: made once, so that nothing moves between two pictures of one lab. It lies with the snapshots:
 * whoever deletes it loses time only, and the lab takes it along when it goes.
 */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore, StoredSnapshot } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { PictureLayout } from '../../picture/layout.ts';
import { planHash, planOf } from '../../picture/plan.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import { recordAt } from '../engine/record-at.ts';
import { LAYOUT_LIMIT_MS, type LaidOut, layOut } from './lay-out.ts';

/** It is of the lab's definition, which is its first event. */
const POSITION = 1;
/** Where snapshots name the engine that can read them. */
const FORMAT = 'picture-layout-1';

/** The layout of a lab: the one that is stored where it fits the definition, else a new one, which is stored. */
export async function storedLayout(
  log: EventLog,
  snapshots: SnapshotStore | undefined,
  name: string,
  lab: Lab,
  limitMs = LAYOUT_LIMIT_MS,
): Promise<LaidOut> {
  const plan = planOf(lab);
  const first = await recordAt(log, name, POSITION);
  const known = readLayout((await snapshots?.latest(name, 'layout', POSITION)) ?? null, first?.chain ?? null, planHash(plan));
  if (known !== null) return { layout: known, note: '' };
  const made = await layOut(plan, limitMs);
  if (first === null || snapshots === undefined) return made;
  const bytes = new TextEncoder().encode(canonicalJson(made.layout));
  const { chain } = first;
  const note = await snapshots.put({ lab: name, kind: 'layout', position: POSITION, chain, engine: FORMAT, bytes }).then(
    () => made.note,
    (error: unknown) => `the layout is not stored: ${error instanceof Error ? error.message : String(error)}`,
  );
  return { layout: made.layout, note };
}

/** A stored layout; null for one of another history or another plan. */
function readLayout(stored: StoredSnapshot | null, chain: Uint8Array | null, plan: string): PictureLayout | null {
  if (stored === null || chain === null || stored.engine !== FORMAT || !sameBytes(stored.chain, chain)) return null;
  const layout = JSON.parse(new TextDecoder().decode(stored.bytes)) as PictureLayout;
  return layout.schema === 1 && layout.plan === plan ? layout : null;
}
