/** Storms into events: the data plane reports that a switch floods too many frames (asm/decide/storm.ts). */
import type { Punt } from '../../../dataplane/dataplane.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Turn } from '../../turn/turn.ts';

/** @param punt its number is the rate in frames per second; its cause made the frame that completed the storm. */
export function stormDetected(turn: Turn, { node, name }: LabInterface, { number, cause }: Pick<Punt, 'number' | 'cause'>): void {
  turn.say('StormDetected', Math.max(1, cause), { node, interface: name, rate: number });
}
