/** A bundle as a living lab: handed to whoever runs the labs, and seen in their log. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, LabRemoved } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import { recordAt } from '../engine/record-at.ts';
import { BundleDiffers, LabExists } from '../living/lab-errors.ts';
import type { LabService } from '../living/lab-service.ts';
import { bundlePieces, heldBytes, soundBundle } from './file/bundle-file.ts';
import type { Imported, ImportOptions } from './import-lab.ts';

export interface ImportLivingOptions extends ImportOptions {
  /** Of the command; a repeated one has no second effect. */
  readonly id?: string;
  /** Aborted when nobody waits for the lab any more. */
  readonly signal: AbortSignal;
}

export interface ImportedLiving extends Imported {
  readonly id: string;
  /** `pending`: handed over, and not all of it was there when the signal was aborted. */
  readonly status: 'done' | 'pending';
}

const POLL_MS = 20;

/**
 * Hands a bundle over, and waits until all its records are in the log. A repeated command changes nothing: its bundle would never be
 * there if it is another one than the lab was begun with, so it is refused and not waited for.
 * @throws BundleDamaged, BundleNewer before anything is handed over; LabExists unless `replace`; BundleDiffers; whatever
 *   `service.submit` throws
 */
export async function importLiving(
  service: LabService,
  bundle: Uint8Array,
  { name, replace = false, id = randomUUID(), signal }: ImportLivingOptions,
): Promise<ImportedLiving> {
  const { lab: named, positions, chain } = await soundBundle(heldBytes(bundle));
  const imported = { lab: name ?? named, positions, chain };
  await refuseOther(service.log, imported.lab, id, replace);
  await refuseDifferent(service.log, imported, id, bundle);
  // What is still waited for when the answer is known must not go on reading.
  const answered = new AbortController();
  const held = untilHeld(service.log, imported, id, AbortSignal.any([signal, answered.signal]));
  try {
    const submitted = service.submit({ id, lab: imported.lab, request: { verb: 'import', bundle, replace } });
    const isHeld = await Promise.race([held, submitted.then(() => held)]);
    if (!isHeld) {
      await refuseOther(service.log, imported.lab, id, replace);
      await refuseDifferent(service.log, imported, id, bundle);
    }
    return { ...imported, id, status: isHeld ? 'done' : 'pending' };
  } finally {
    answered.abort();
  }
}

/** @throws LabExists when a lab of that name is there that another command began, unless it is to be replaced */
export async function refuseOther(log: EventLog, lab: string, id: string, replace: boolean): Promise<void> {
  const first = replace ? null : await recordAt(log, lab, 1);
  if (first !== null && first.commandId !== id) throw new LabExists(lab);
}

/** @throws BundleDiffers when the command began the lab already, and with another history than that of this bundle */
async function refuseDifferent(log: EventLog, { lab, positions, chain }: Imported, id: string, bundle: Uint8Array): Promise<void> {
  const head = await log.head(lab);
  if (head === null || (await recordAt(log, lab, 1))?.commandId !== id) return;
  const position = Math.min(head.position, positions);
  const recorded = await recordAt(log, lab, position);
  const expected = position === positions ? chain : await chainAt(bundle, position);
  if (recorded !== null && toHex(recorded.chain) !== expected) throw new BundleDiffers(lab);
}

async function chainAt(bundle: Uint8Array, position: number): Promise<string | null> {
  for await (const piece of bundlePieces(heldBytes(bundle))) {
    const found = piece.kind === 'records' ? piece.records.find((record) => record.position === position) : undefined;
    if (found !== undefined) return toHex(found.chain);
  }
  return null;
}

/** Whether the log held all of a lab before the signal was aborted. */
async function untilHeld(log: EventLog, { lab, positions, chain }: Imported, id: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await holds(log, lab, positions, chain, id)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function holds(log: EventLog, lab: string, position: number, chain: string, id: string): Promise<boolean> {
  try {
    const last = await recordAt(log, lab, position);
    return last !== null && toHex(last.chain) === chain && (await recordAt(log, lab, 1))?.commandId === id;
  } catch (error) {
    // The lab that it replaces went meanwhile.
    if (error instanceof LabRemoved) return false;
    throw error;
  }
}
