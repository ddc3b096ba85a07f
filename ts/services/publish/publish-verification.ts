/** A verification as it is printed and answered: `switchback schema verify`. */
import type { Divergence } from '../../engine/replay.ts';
import type { Verification } from '../ask/verify-lab.ts';
import { diffEvents, type EventDiff } from './event-diff.ts';

/** A refutation in words, and the two events side by side. */
export interface Refutation {
  /** Another engine took the log's checkpoints: that it decides differently is no damage. */
  readonly isOther: boolean;
  readonly reason: string;
  readonly difference: EventDiff;
}

export function refutation({ engine, otherEngines, divergence }: Extract<Verification, { verified: false }>): Refutation {
  const why = WHY[divergence.reason];
  const isOther = otherEngines.length > 0;
  const reason = isOther
    ? `recorded by another engine (${otherEngines.join(', ')}); this one, ${engine}, decides differently: ${why}`
    : `re-execution diverged under the same engine: ${why}`;
  return { isOther, reason, difference: diffEvents(divergence.recorded, divergence.decided) };
}

export function publishVerification(lab: string, result: Verification): Record<string, unknown> {
  if (result.verified) {
    const { positions, chain, engine, checkpointsCompared, unrecorded, cutOff, otherEngines } = result;
    return { verified: true, lab, positions, chain, engine, checkpointsCompared, unrecorded, cutOff, otherEngines };
  }
  const { position, engine, otherEngines, divergence } = result;
  const { reason, difference } = refutation(result);
  return { verified: false, lab, position, reason, engine, otherEngines, divergence: divergence.reason, ...difference };
}

const WHY: Readonly<Record<Divergence['reason'], string>> = {
  'other-event': 're-execution decided a different event',
  'unexpected-outcome': 're-execution decided an outcome that is not recorded',
  'missing-outcome': 're-execution did not decide a recorded outcome',
  'other-time': 'an input is recorded at a time the inputs before it do not reach',
  'other-checkpoint': 'the events are identical but the state is not',
};
