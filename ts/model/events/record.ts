/**
 * What is stored of an event besides what happened: proto Record, without the lab's name.
 */
import type { Position } from './events.ts';

/** What is stored at one position (proto Record, without the lab's name). */
export interface LogRecord {
  readonly position: Position;
  /** Encoded Body, exactly as it was hashed. */
  readonly body: Uint8Array;
  /** 32 bytes: SHA-256(previous chain, body). */
  readonly chain: Uint8Array;
  /** Wall clock, milliseconds since 1970. */
  readonly recordedAtMs: number;
  readonly commandId: string;
  readonly checkpoint: Checkpoint | null;
  /** Nothing more follows from the inputs so far: the lab waits for the next one. */
  readonly settled: boolean;
}

/** Hashes of the state just before a record was decided. */
export interface Checkpoint {
  /** Identity of the engine that took it. */
  readonly engine: string;
  readonly region: Uint8Array;
  readonly agents: Uint8Array;
}
