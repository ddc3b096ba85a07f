/**
 * Another process that folds a log: it gets the bytes of bodies and nothing else, and answers a hash of recorded state at each
 * position. test/honest/honest.spec.ts compares them with the hashes of the engine's own state.
 *
 * One request a line on stdin, one answer a line on stdout, both JSON. Bytes are base64.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { decodeBody } from '../../ts/model/events/codec.ts';
import { evolve, initialState, type LabState } from '../../ts/model/state/lab-state.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';

export interface FoldRequest {
  /** Bodies that follow the projection, in order. */
  readonly bodies: readonly string[];
  /** A state folded before, as JSON; null to begin at zero. */
  readonly projection: string | null;
  /** Positions at which to give the whole state. */
  readonly snapshotAt: readonly number[];
}

export interface FoldAnswer {
  /** Hash of the state after each body. */
  readonly hashes: readonly string[];
  /** The states asked for, as JSON. */
  readonly snapshots: readonly string[];
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(fold(JSON.parse(line) as FoldRequest))}\n`);
}

function fold({ bodies, projection, snapshotAt }: FoldRequest): FoldAnswer {
  const state = projection === null ? initialState() : (JSON.parse(projection) as LabState);
  const hashes: string[] = [];
  const snapshots: string[] = [];
  for (const body of bodies) {
    evolve(state, decodeBody(Buffer.from(body, 'base64')));
    hashes.push(createHash('sha256').update(canonicalJson(state)).digest('hex'));
    if (snapshotAt.includes(state.position)) snapshots.push(JSON.stringify(state));
  }
  return { hashes, snapshots };
}
