/** What a report says of a recorded lab: its picture, its time line, checks of its file, and why flows lost frames. */
import { courseOf } from '../../debug/course.ts';
import { judged } from '../../debug/judged.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { drawing } from '../../picture/drawing.ts';
import type { ReportParts } from '../../picture/report.ts';
import { readAll, stateAt } from '../ask/state-at.ts';
import { createEngine } from '../engine/host.ts';
import { labPicture } from './lab-picture.ts';
import { reportParts } from './report-parts.ts';

export interface ReportAsked {
  readonly lab: string;
  /** Moment of the picture; null for the end. */
  readonly until: Until | null;
  /** The lab file that was run, for its checks; null without. */
  readonly file: LabFile | null;
  /** An event in one line. */
  readonly describe: (event: LabEvent) => string;
  /** How long ELK may take. */
  readonly limitMs?: number;
}

/** All that a report says. @throws RangeError for a lab that nothing defines */
export async function reportLab(log: EventLog, asked: ReportAsked, snapshots?: SnapshotStore): Promise<ReportParts> {
  const { lab, file, describe } = asked;
  const records = await readAll(log, lab);
  const last = records.at(-1);
  if (last === undefined) throw new RangeError(`lab ${lab} has no events`);
  const { scene, layout } = await labPicture(log, lab, asked.until ?? { position: last.position }, snapshots, asked.limitMs);
  const { derived } = await stateAt(log, lab, { position: last.position }, snapshots === undefined ? {} : { snapshots });
  const source = { lab, records, position: scene.position, atNs: scene.atNs, picture: drawing(layout, scene, lab) };
  const checks = file === null ? null : judged(createEngine, courseOf(records), file.script.checks);
  return reportParts({ ...source, flows: derived?.flows ?? [], newEngine: createEngine, describe }, checks);
}
