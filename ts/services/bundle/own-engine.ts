/**
 * The data plane that a bundle brings, asked what it decides. It is a stranger's code: it gets no imports, a memory with a limit, a worker
 * of its own and a time. Whoever brings data plane and history can make them agree, so what it says is no proof.
 */
import { newWorker } from '../engine/new-worker.ts';
import type { BundleSource } from './file/bundle-file.ts';

/** Wall clock, ms. */
const OWN_ENGINE_MS_MAX = 60_000;
/** MiB of JavaScript objects: recorded state and agents, which a data plane can make grow. */
const HEAP_MIB_MAX = 1024;

export interface OwnEngine {
  /** It decides every event again alike; or another one; or it failed, or was ended. */
  readonly verdict: 'agrees' | 'differs' | 'fails';
  readonly detail: string;
}

/** What goes to the worker. */
export interface ToOwnEngine {
  readonly source: BundleSource;
  readonly wasm: Uint8Array;
}

/** Verifies a bundle by the data plane in it, under the agents of this build. */
export async function askOwnEngine(asked: ToOwnEngine, msMax = OWN_ENGINE_MS_MAX): Promise<OwnEngine> {
  const worker = newWorker('./own-engine-worker', import.meta.url, { maxOldGenerationSizeMb: HEAP_MIB_MAX });
  try {
    return await new Promise<OwnEngine>((resolve) => {
      const fails = (detail: string): void => resolve({ verdict: 'fails', detail });
      const alarm = setTimeout(() => fails(`it was ended after ${msMax / 1000} s`), msMax);
      alarm.unref();
      worker.on('message', resolve);
      worker.on('error', (error: Error) => fails(error.message));
      worker.on('exit', (code) => fails(`its worker ended with code ${code}`));
      worker.postMessage(asked);
    });
  } finally {
    await worker.terminate();
  }
}
