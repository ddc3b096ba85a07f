/** Where engines come from: on Node the package's own data plane, in a browser one that was given or fetched. */
import type { Engine } from '../engine/engine.ts';

export interface EngineSource {
  /** Identity of the build; checkpoints carry it. */
  readonly identity: string;
  /** A fresh engine. */
  create(): Engine;
}
