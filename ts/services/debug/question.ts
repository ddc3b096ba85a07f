/** Questions that run recorded labs again, and their answers as they are printed and sent: one door for whoever asks from afar. */

import type { CaptureRequest } from '../../capture/lab-capture.ts';
import type { Until } from '../../engine/replay.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { Mac } from '../../values/mac.ts';
import { captureLab } from '../ask/capture-lab.ts';
import { lifeOfMac } from '../ask/explain-lab.ts';
import { stateAt } from '../ask/state-at.ts';
import { verifyLab } from '../ask/verify-lab.ts';
import { exportLab } from '../bundle/export-lab.ts';
import { labScene } from '../picture/lab-picture.ts';
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
  /** What a picture shows: the answer is a `LabScene`. */
  | { readonly ask: 'scene'; readonly lab: string; readonly until: Until }
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

/** The labs that a question reads. */
export function labsOf(question: Question): ReadonlySet<string> {
  switch (question.ask) {
    case 'diff':
      return new Set([question.a.lab, question.b.lab]);
    case 'fork':
      return new Set([question.order.lab]);
    default:
      return new Set([question.lab]);
  }
}

/**
 * Answers a question from a log, which gets a forked lab.
 * @param snapshots where moments of labs are kept, so that the next question begins near its moment.
 * @throws RangeError, NoSuchFlow, NoSuchInterface where the question does not fit the lab; LogDamaged; LabExists
 */
export async function answerTo(log: EventLog, question: Question, snapshots?: SnapshotStore): Promise<QuestionAnswered> {
  if (question.ask === 'capture') return captured(log, question);
  if (question.ask !== 'fork') return { json: await jsonOf(log, question, snapshots), bytes: null };
  const report = await forkLab(log, question.order, snapshots);
  return { json: publishFork(report), bytes: await collected((write) => exportLab(log, report.fork, write)) };
}

type InJson = Exclude<Question, { readonly ask: 'capture' | 'fork' }>;

async function jsonOf(log: EventLog, question: InJson, snapshots?: SnapshotStore): Promise<object> {
  switch (question.ask) {
    case 'state':
      return publishStateAt(
        await stateAt(log, question.lab, question.until, snapshots === undefined ? {} : { snapshots }),
        question.asked,
      );
    case 'scene':
      return labScene(log, question.lab, question.until);
    case 'verify':
      return publishVerification(question.lab, await verifyLab(log, question.lab));
    case 'explain':
      return publishExplanation(question.lab, await explainLab(log, question.lab, question.what, snapshots));
    case 'mac':
      return { lab: question.lab, ...(await lifeOfMac(log, question.lab, question.mac)) };
    case 'bisect':
      return publishBisected(await bisectLab(log, question.lab, question.check));
    case 'diff':
      return publishDifference(await diffLabs(log, question.a, question.b, snapshots));
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
