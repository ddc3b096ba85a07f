/** What one does with a lab, as far as it came: what is typed, forks, and commands that were sent. */
import type { DoQuestions, ForkTold } from '../ask/do-questions.ts';
import { type Answer, NONE } from './answer.ts';

/** What is typed and not sent. */
export interface Draft {
  readonly command: string;
  readonly token: string;
  /** Several are parted by semicolons. */
  readonly set: string;
  readonly run: string;
  readonly without: string;
  /** Where frames are captured; empty for all interfaces. */
  readonly captured: string;
}

/** A fork beside its original. */
export interface Comparison {
  readonly told: ForkTold;
  /** Which of the two the page shows. */
  readonly shows: 'original' | 'fork';
  /** Where the original came from, so that it is opened as it was: the name of a living lab, or null; and the code of a link. */
  readonly living: string | null;
  readonly code: string;
}

/** A command that was sent. */
export interface Sent {
  readonly number: number;
  readonly text: string;
  /** `failed`: the lab was not reached, or the token was refused. */
  readonly status: 'asked' | 'done' | 'refused' | 'pending' | 'failed';
  readonly detail: string;
}

export interface DoingState {
  readonly draft: Draft;
  /** Lines that the command which is typed may go on as. */
  readonly completions: readonly string[];
  readonly steps: Answer<DoQuestions['steps']['answer']>;
  /** Names of all that can be captured at. */
  readonly interfaces: DoQuestions['interfaces']['answer'];
  readonly fork: Answer<Comparison>;
  /** The newest first. */
  readonly sent: readonly Sent[];
  /** Whether time goes forward until somebody pauses it. */
  readonly isRunning: boolean;
  /** What the last download has to say; empty for nothing. */
  readonly note: string;
}

export const IDLE: DoingState = {
  draft: { command: '', token: '', set: '', run: '', without: '', captured: '' },
  completions: [],
  steps: NONE,
  interfaces: [],
  fork: NONE,
  sent: [],
  isRunning: false,
  note: '',
};
