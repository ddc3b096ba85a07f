/**
 * Snapshots of a bundle, taken into a store as moments to look back from. They come from a stranger, so each is compared with the log: its
 * chain with that of the record at its position, its region and its agents with the checkpoint in the record behind it. `verify` compares
 * every checkpoint with a re-execution, which uses no snapshot. So a snapshot that is kept is as true as the log that `verify` proves. One
 * that is damaged, or of another build, is left out: what is answered stays the same, only later.
 */
import { type BundledSnapshot, SNAPSHOTS_MAX, SnapshotReader, SnapshotUnusable } from '../../bundle/snapshot-parts.ts';
import type { TarFile } from '../../bundle/tar.ts';
import type { Snapshot } from '../../engine/snapshot.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { createEngine, engineIdentity } from '../engine/host.ts';
import { recordAt } from '../engine/record-at.ts';
import { encodeSnapshot } from '../engine/snapshot.ts';

/** What became of a bundle's snapshots. */
export interface ImportedSnapshots {
  readonly kept: number;
  /** Why others were left out, each in a sentence with its place. */
  readonly leftOut: readonly string[];
}

export class SnapshotImport {
  readonly #log: EventLog;
  readonly #lab: string;
  readonly #snapshots: SnapshotStore;
  readonly #reader = new SnapshotReader();
  readonly #leftOut: string[] = [];
  #read = 0;
  #kept = 0;
  /** A file that cannot be read may have brought pages that later ones need. */
  #isBroken = false;

  constructor(log: EventLog, lab: string, snapshots: SnapshotStore) {
    this.#log = log;
    this.#lab = lab;
    this.#snapshots = snapshots;
  }

  /** Null when the bundle had none. */
  get outcome(): ImportedSnapshots | null {
    return this.#read === 0 ? null : { kept: this.#kept, leftOut: this.#leftOut };
  }

  /** Takes the next file, behind the records that it is about. */
  async take(file: TarFile): Promise<void> {
    this.#read++;
    if (this.#isBroken) return;
    try {
      if (this.#read > SNAPSHOTS_MAX) throw new SnapshotUnusable(`${file.name}: a bundle has at most ${SNAPSHOTS_MAX} snapshots`);
      const snapshot = this.#reader.read(file);
      const wrong = await this.#keep(snapshot);
      if (wrong === null) this.#kept++;
      else this.#leftOut.push(`${file.name}: ${wrong}`);
    } catch (error) {
      if (!(error instanceof SnapshotUnusable)) throw error;
      this.#isBroken = true;
      this.#leftOut.push(error.message);
    }
  }

  /** Null when it was kept, else why it was not. */
  async #keep(snapshot: BundledSnapshot): Promise<string | null> {
    const { engine, position, chain, region, state, memory } = snapshot;
    if (engine !== engineIdentity()) return `it is for engine ${engine}, and this one is ${engineIdentity()}`;
    const record = await recordAt(this.#log, this.#lab, Math.max(1, position));
    if (record === null || record.position !== position || !sameBytes(record.chain, chain)) {
      return `its chain is not that of position ${position}`;
    }
    const next = await recordAt(this.#log, this.#lab, position + 1);
    if (next === null || next.checkpoint?.engine !== engine) return `there is no checkpoint behind position ${position}`;
    const whole: Snapshot = { position, chain, region, state, memory, untilNs: decodeBody(next.body).atNs };
    const found = checkpointOf(whole);
    const isSame =
      found !== null && sameBytes(found.region, next.checkpoint.region) && sameBytes(found.agents, next.checkpoint.agents);
    if (!isSame) return `it is not what the checkpoint at position ${next.position} describes`;
    const stored = { lab: this.#lab, kind: 'moment', position, chain, engine, bytes: encodeSnapshot(whole) } as const;
    await this.#snapshots.put(stored);
    return null;
  }
}

/** The checkpoint of an engine that goes on from a snapshot; null where none can. */
function checkpointOf(snapshot: Snapshot): { readonly region: Uint8Array; readonly agents: Uint8Array } | null {
  const engine = createEngine();
  try {
    engine.restore(snapshot);
    return engine.checkpoint();
  } catch {
    // A stranger's state may fail in any way; without it nothing is lost.
    return null;
  }
}
