/** What a report says of a recorded lab, put together where the records and a picture are: on Node, and in a page's worker. */
import type { Because } from '../../debug/explain/causes.ts';
import { explainFlowOf, type FlowExplained } from '../../debug/explain/explain-flow.ts';
import { openLab } from '../../debug/explain/open-lab.ts';
import type { NewEngine } from '../../debug/rerun.ts';
import type { FlowReport } from '../../engine/derived.ts';
import { CHAIN_START, toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { drawStrip } from '../../picture/draw-strip.ts';
import type { SvgElement } from '../../picture/element.ts';
import type { ReportFlow, ReportLoss, ReportParts } from '../../picture/report.ts';
import { StripBuilder } from '../../picture/strip.ts';

/** A lab, and a moment of it that is drawn. */
export interface ReportSource {
  readonly lab: string;
  readonly records: readonly LogRecord[];
  readonly position: number;
  readonly atNs: number;
  readonly picture: SvgElement;
  /** At the end of the lab. */
  readonly flows: readonly FlowReport[];
  readonly newEngine: NewEngine;
  /** An event in one line. */
  readonly describe: (event: LabEvent) => string;
}

/** Flows whose losses are explained, those with the most first; each costs a re-execution and its reruns. */
export const EXPLAINED_MAX = 6;

/** All that a report says. @param checks null where no lab file says what is expected */
export function reportParts(source: ReportSource, checks: ReportParts['checks']): ReportParts {
  const { lab, records, position, atNs, picture } = source;
  const flows = explainedFlows(source);
  const { endNs, strip } = stripOf(records);
  return {
    lab,
    position,
    atNs,
    end: records.length,
    chain: toHex(records.at(-1)?.chain ?? CHAIN_START),
    isProven: flows.proofs.length === 0 ? null : flows.proofs.every((isSame) => isSame),
    picture,
    done: strip.marks,
    strip: drawStrip(strip, Math.min(atNs, endNs)),
    checks,
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

function explainedFlows({ records, flows, newEngine, describe }: ReportSource) {
  const worst = flows.filter(({ lost }) => lost > 0).sort((a, b) => b.lost - a.lost);
  const chosen = new Set(worst.slice(0, EXPLAINED_MAX).map(({ name }) => name));
  const open = openLab(records);
  const proofs: boolean[] = [];
  const told = flows.map(({ name, sent, received, lost }): ReportFlow => {
    if (!chosen.has(name)) return { name, sent, received, lost, losses: lost > 0 ? null : [] };
    const explained = explainFlowOf(open, name, { newEngine, describe });
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
