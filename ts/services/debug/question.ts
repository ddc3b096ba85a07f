/** Questions that run recorded labs again, and their answers as they are printed and sent: one door for whoever asks from afar. */

import type { CaptureRequest } from '../../capture/lab-capture.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { Mac } from '../../values/mac.ts';
import { captureLab } from '../ask/capture-lab.ts';
import { lifeOfMac } from '../ask/explain-lab.ts';
import { stateAt } from '../ask/state-at.ts';
import { verifyLab } from '../ask/verify-lab.ts';
import { exportLab } from '../bundle/export-lab.ts';
import { publishStateAt } from '../publish/publish-state.ts';
import { publishVerification } from '../publish/publish-verification.ts';
import { bisectLab } from './bisect-lab.ts';
import { type DiffTarget, diffLabs } from './diff-labs.ts';
import { explainLab, publishExplanation, type WhatToExplain } from './explanation.ts';
import { type ForkOrder, forkLab } from './fork-lab.ts';
import { publishBisected, publishDifference, publishFork } from './publish-difference.ts';

/** All of it can be handed to another thread. */
export type Question =
  /** `asked` is the moment as it was asked for; null for the end. */
  | { readonly ask: 'state'; readonly lab: string; readonly until: Until; readonly asked: Until | null }
  | { readonly ask: 'verify'; readonly lab: string }
  | { readonly ask: 'explain'; readonly lab: string; readonly what: WhatToExplain }
  | { readonly ask: 'mac'; readonly lab: string; readonly mac: Mac }
  | { readonly ask: 'bisect'; readonly lab: string; readonly check: string }
  | { readonly ask: 'diff'; readonly a: DiffTarget; readonly b: DiffTarget }
  | {
      readonly ask: 'capture';
      readonly lab: string;
      readonly request: CaptureRequest;
      /** Name of the file that the capture will have. */
      readonly file: string;
      /** A longer capture is refused. */
      readonly bytesMax: number;
    }
  | { readonly ask: 'fork'; readonly order: Omit<ForkOrder, 'signal'> };

export interface QuestionAnswered {
  readonly json: object;
  /** Of `capture` the pcapng, of `fork` the new lab as a bundle. */
  readonly bytes: Uint8Array | null;
}

/** The labs that a question reads; without a position all of one. */
export function labsOf(question: Question): readonly { readonly lab: string; readonly to?: number }[] {
  switch (question.ask) {
    case 'state':
      return 'position' in question.until ? [{ lab: question.lab, to: question.until.position }] : [{ lab: question.lab }];
    case 'diff':
      return question.a.lab === question.b.lab ? [question.a] : [question.a, question.b];
    case 'fork':
      return [question.order];
    default:
      return [question];
  }
}

/**
 * Answers a question from a log, which gets a forked lab.
 * @throws RangeError, NoSuchFlow, NoSuchInterface where the question does not fit the lab; LogDamaged; LabExists
 */
export async function answerTo(log: EventLog, question: Question): Promise<QuestionAnswered> {
  if (question.ask === 'capture') return captured(log, question);
  if (question.ask !== 'fork') return { json: await jsonOf(log, question), bytes: null };
  const report = await forkLab(log, question.order);
  return { json: publishFork(report), bytes: await collected((write) => exportLab(log, report.fork, write)) };
}

type InJson = Exclude<Question, { readonly ask: 'capture' | 'fork' }>;

async function jsonOf(log: EventLog, question: InJson): Promise<object> {
  switch (question.ask) {
    case 'state':
      return publishStateAt(await stateAt(log, question.lab, question.until), question.asked);
    case 'verify':
      return publishVerification(question.lab, await verifyLab(log, question.lab));
    case 'explain':
      return publishExplanation(question.lab, await explainLab(log, question.lab, question.what));
    case 'mac':
      return { lab: question.lab, ...(await lifeOfMac(log, question.lab, question.mac)) };
    case 'bisect':
      return publishBisected(await bisectLab(log, question.lab, question.check));
    case 'diff':
      return publishDifference(await diffLabs(log, question.a, question.b));
  }
}

type Capture = Extract<Question, { readonly ask: 'capture' }>;

async function captured(log: EventLog, { lab, request, file, bytesMax }: Capture): Promise<QuestionAnswered> {
  let json = {};
  let size = 0;
  const bytes = await collected(async (write) => {
    const summary = await captureLab(log, lab, request, (chunk) => {
      size += chunk.length;
      if (size > bytesMax) {
        throw new RangeError(
          `the capture has more than ${bytesMax} bytes; ask for fewer interfaces, a shorter time, or drops only`,
        );
      }
      write(chunk);
    });
    json = { lab, file, ...summary };
  });
  return { json, bytes };
}

async function collected(work: (write: (piece: Uint8Array) => void) => Promise<unknown>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await work((piece) => pieces.push(piece));
  return Buffer.concat(pieces);
}
