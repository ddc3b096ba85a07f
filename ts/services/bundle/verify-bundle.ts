/** Proof of a bundle by re-execution, as it is read: it needs no store, and no more memory than one of its pieces. */
import { BundleDamaged } from '../../bundle/bundle-errors.ts';
import type { Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { type Engines, type Verification, verifyRecords } from '../ask/verify-lab.ts';
import { bundlePieces, type OpenBytes } from './file/bundle-file.ts';

export interface VerifiedBundle {
  /** Name of the lab, as the bundle has it. */
  readonly lab: string;
  readonly verification: Verification;
  /** The data plane that the bundle brings, which was not run; null for none. */
  readonly wasm: Uint8Array | null;
}

/**
 * Re-executes the lab in a bundle and compares.
 * @param engines those of this build, unless others are given.
 * @throws BundleDamaged, BundleNewer. An input that makes the engine fail is damage, too: a bundle comes from anywhere, and its chain
 * holds whatever somebody chained.
 */
export async function verifyBundle(open: OpenBytes, engines?: Engines): Promise<VerifiedBundle> {
  let lab = '';
  let wasm: Uint8Array | null = null;
  async function* records(): AsyncGenerator<readonly LogRecord[]> {
    for await (const piece of bundlePieces(open)) {
      if (piece.kind === 'manifest') lab = piece.manifest.lab;
      else if (piece.kind === 'engine') wasm = piece.wasm;
      else yield piece.records;
    }
  }
  const whenFails = (position: Position, error: unknown): never => {
    const why = error instanceof Error ? error.message : String(error);
    throw new BundleDamaged(`position ${position}: this engine cannot re-execute it: ${why}`, { cause: error, position });
  };
  const verification = await verifyRecords(records(), whenFails, engines);
  return { lab, verification, wasm };
}
