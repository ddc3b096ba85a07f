/** What failed while a living lab worked: its engine for good, something that may well go right when it is tried again, or nothing. */
import { AppendConflict } from '../../log/event-log.ts';
import { HostFailed } from '../engine/pool.ts';
import { LabEnded } from './lab-errors.ts';

export function isDeath(error: unknown): error is HostFailed {
  return error instanceof HostFailed && error.failure.type === 'died';
}

/** Nothing is wrong with the lab itself: trying again from the log may well go right. */
export function isPassing(error: unknown): boolean {
  return error instanceof AppendConflict || (error instanceof HostFailed && error.failure.type === 'crashed');
}

/** @throws the error, unless it is that the lab has ended */
export function ignoreEnded(error: unknown): void {
  if (!(error instanceof LabEnded)) throw error;
}
