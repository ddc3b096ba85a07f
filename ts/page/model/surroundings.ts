/** What the page needs of the browser. */
import type { WorkerPort } from '../ask/worker-line.ts';
import type { TokenKeeper } from './commanding.ts';
import type { Server } from './follow.ts';
import type { RuleNames } from './rule-names.ts';

export interface Surroundings {
  readonly newWorker: () => WorkerPort;
  readonly wasm: () => Promise<Uint8Array>;
  /** Null where they are not found. */
  readonly rules: () => Promise<RuleNames | null>;
  /** Identity of the build, as checkpoints have it. */
  readonly identity: string;
  /** The server that sent the page; null for none. */
  readonly server: Server | null;
  readonly token: TokenKeeper;
  /** Whether nothing shall move by itself. */
  readonly isCalm: () => boolean;
  readonly fragment: () => string;
  readonly setFragment: (fragment: string) => void;
}
