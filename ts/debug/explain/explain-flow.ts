/**
 * Why a flow lost frames: each loss with its place and reason, how long it took and why, and the events behind it back to the step, command,
 * injected frame or property of the file that began it.
 */
import { sameBytes } from '../../model/events/chain.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { Moments } from '../moments.ts';
import type { NewEngine } from '../rerun.ts';
import { ButFor } from './but-for.ts';
import { CauseFinder, type Causes } from './causes.ts';
import { lossEffect } from './effect.ts';
import { watchFlow } from './flow-losses.ts';
import { type OpenLab, openLab } from './open-lab.ts';
import { type Stage, stagesOf } from './stages.ts';

export interface ExplainedLoss extends Causes {
  readonly at: string;
  readonly reason: string;
  readonly frames: number;
  readonly fromNs: number;
  readonly toNs: number;
  readonly stages: readonly Stage[];
}

export interface FlowExplained {
  readonly flow: string;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly losses: readonly ExplainedLoss[];
  /** The re-execution with tracing on decided the recorded events, byte for byte. */
  readonly sameChain: boolean;
  readonly reruns: number;
  /** Reruns were at their limit: what was not tried has no verdict. */
  readonly limited: boolean;
}

export interface ExplainOptions {
  readonly newEngine: NewEngine;
  /** An event in one line. */
  readonly describe: (event: LabEvent) => string;
  /** How many reruns it may cost; default RERUNS_MAX. */
  readonly rerunsMax?: number;
  /** Moments of the lab from which a rerun can go on; without them the first run that a question needs leaves some. */
  readonly moments?: Moments;
}

/** Regions of the moments that the run of a whole lab leaves for the reruns of a question. */
export const MOMENTS_BYTES = 64 << 20;

/**
 * Explains the losses of a flow, largest first.
 * @param records the whole lab.
 * @throws NoSuchFlow naming the flows there are, when there is none of this name.
 */
export function explainFlow(records: readonly LogRecord[], name: string, options: ExplainOptions): FlowExplained {
  return explainFlowOf(openLab(records), name, options);
}

/** The same of a lab that is open. */
export function explainFlowOf(lab: OpenLab, name: string, options: ExplainOptions): FlowExplained {
  const { history, course } = lab;
  const number = course.lab.flows.findIndex((flow) => flow.name === name);
  if (number < 0) throw new NoSuchFlow(name, course.lab);
  const moments = options.moments ?? Moments.upTo(MOMENTS_BYTES);
  const watched = watchFlow(options.newEngine, lab, number, moments);
  const butFor = new ButFor(options.newEngine, course, options.rerunsMax, moments);
  const finder = new CauseFinder(course.lab, history, butFor, options.describe);
  const losses = [...watched.losses].sort((a, b) => b.frames - a.frames || a.fromNs - b.fromNs);
  const explained = losses.map((loss): ExplainedLoss => {
    const { drop, ...rest } = loss;
    const stages = stagesOf(history, loss, watched.deliveries);
    const effect = lossEffect(loss, number);
    const flow = course.lab.flows[number] ?? null;
    const asked = { effect, times: loss.frames, flow, blocked: stages.map(({ position }) => position) };
    return { ...rest, stages, ...finder.causesOf(drop, asked) };
  });
  return {
    flow: name,
    sent: watched.sent,
    received: watched.received,
    lost: watched.lost,
    losses: explained,
    sameChain: sameBytes(watched.chain, history.chainAt(history.end) ?? new Uint8Array()),
    reruns: butFor.reruns,
    limited: butFor.isLimited,
  };
}

/** A flow that the lab does not have. */
export class NoSuchFlow extends Error {
  override readonly name = 'NoSuchFlow';
  constructor(asked: string, { flows }: Lab) {
    const names = flows.map(({ name }) => name).join(', ');
    super(`no flow ${asked} in this lab; it has ${names === '' ? 'no flows' : names}`);
  }
}
