/** What a report says of a recorded lab: its picture, its time line, checks of its file, and why flows lost frames. */
import { courseOf } from '../../debug/course.ts';
import type { Because } from '../../debug/explain/causes.ts';
import { explainFlowOf, type FlowExplained } from '../../debug/explain/explain-flow.ts';
import { openLab } from '../../debug/explain/open-lab.ts';
import { judged } from '../../debug/judged.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { LabFile } from '../../model/lab/lab-file.ts';
import { drawStrip } from '../../picture/draw-strip.ts';
import { drawing } from '../../picture/drawing.ts';
import type { ReportFlow, ReportLoss, ReportParts } from '../../picture/report.ts';
import { StripBuilder } from '../../picture/strip.ts';
import { readAll, stateAt } from '../ask/state-at.ts';
import { createEngine } from '../engine/host.ts';
import { labPicture } from './lab-picture.ts';

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

/** Flows whose losses are explained, those with the most first; each costs a re-execution and its reruns. */
export const EXPLAINED_MAX = 6;

/** All that a report says. @throws RangeError for a lab that nothing defines */
export async function reportLab(log: EventLog, asked: ReportAsked, snapshots?: SnapshotStore): Promise<ReportParts> {
  const { lab, file } = asked;
  const records = await readAll(log, lab);
  const last = records.at(-1);
  if (last === undefined) throw new RangeError(`lab ${lab} has no events`);
  const { scene, layout } = await labPicture(log, lab, asked.until ?? { position: last.position }, snapshots, asked.limitMs);
  const flows = await explainedFlows(log, asked, records, snapshots);
  const { endNs, strip } = stripOf(records);
  return {
    lab,
    position: scene.position,
    atNs: scene.atNs,
    end: last.position,
    chain: toHex(last.chain),
    isProven: flows.proofs.length === 0 ? null : flows.proofs.every((isSame) => isSame),
    picture: drawing(layout, scene, lab),
    done: strip.marks,
    strip: drawStrip(strip, Math.min(scene.atNs, endNs)),
    checks: file === null ? null : judged(createEngine, courseOf(records), file.script.checks),
    flows: flows.told,
  };
}

function stripOf(records: readonly LogRecord[]) {
  const builder = new StripBuilder();
  let endNs = 0;
  for (const { body } of records) {
    const event = decodeBody(body);
    builder.add(event);
    endNs = Math.max(endNs, event.atNs, event.type === 'TimeAdvanced' ? event.data.toNs : 0);
  }
  return { endNs, strip: builder.strip(endNs) };
}

async function explainedFlows(
  log: EventLog,
  { lab, describe }: ReportAsked,
  records: readonly LogRecord[],
  snapshots?: SnapshotStore,
): Promise<{ readonly told: readonly ReportFlow[]; readonly proofs: readonly boolean[] }> {
  const { derived } = await stateAt(log, lab, { position: records.length }, snapshots === undefined ? {} : { snapshots });
  const flows = derived?.flows ?? [];
  const worst = flows.filter(({ lost }) => lost > 0).sort((a, b) => b.lost - a.lost);
  const chosen = new Set(worst.slice(0, EXPLAINED_MAX).map(({ name }) => name));
  const open = openLab(records);
  const proofs: boolean[] = [];
  const told = flows.map(({ name, sent, received, lost }): ReportFlow => {
    if (!chosen.has(name)) return { name, sent, received, lost, losses: lost > 0 ? null : [] };
    const explained = explainFlowOf(open, name, { newEngine: createEngine, describe });
    proofs.push(explained.sameChain);
    return { name, sent, received, lost, losses: explained.losses.map(lossOf) };
  });
  return { told, proofs };
}

function lossOf({ at, reason, frames, fromNs, toNs, because, conditions }: FlowExplained['losses'][number]): ReportLoss {
  const causes = because.map(causeText);
  const others = conditions.map(
    ({ property, value, other, ...verdict }) => `with ${property}: ${value}${verdictText(verdict, `with ${other}`)}`,
  );
  return { at, reason, frames, fromNs, toNs, because: [...causes, ...others] };
}

function causeText({ position, type, text, property, ...verdict }: Because): string {
  const where = property === null ? `#${position} ${type}: ` : 'the file: ';
  return `${where}${text}${verdictText(verdict, 'without it')}`;
}

function verdictText({ necessary, without }: Pick<Because, 'necessary' | 'without'>, what: string): string {
  if (necessary === null || without === null) return '';
  return ` (${necessary ? 'necessary' : 'not necessary'}: ${what}, ${without} frames)`;
}
