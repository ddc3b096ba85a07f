/** Lays a plan out: by ELK in a worker, within a time; by columns where that fails. */
import type { PictureLayout } from '../../picture/layout.ts';
import { plainLayout } from '../../picture/plain-layout.ts';
import type { Plan } from '../../picture/plan.ts';
import { newWorker } from '../engine/new-worker.ts';
import type { ElkTold } from './elk-worker.ts';

export interface LaidOut {
  readonly layout: PictureLayout;
  /** Why it is not ELK's; '' where it is. */
  readonly note: string;
}

/** Hundreds of nodes with many cables can take ELK minutes. */
export const LAYOUT_LIMIT_MS = 30_000;
/** ELK walks graphs by recursion. */
const STACK_MIB = 32;
const HEAP_MIB = 1024;

/** @param limitMs how long ELK may take */
export async function layOut(plan: Plan, limitMs = LAYOUT_LIMIT_MS): Promise<LaidOut> {
  const told = await askElk(plan, limitMs);
  if ('layout' in told) return { layout: told.layout, note: '' };
  return { layout: plainLayout(plan), note: `laid out in columns: ${told.failure}` };
}

function askElk(plan: Plan, limitMs: number): Promise<ElkTold> {
  const worker = newWorker('./elk-worker', import.meta.url, { stackSizeMb: STACK_MIB, maxOldGenerationSizeMb: HEAP_MIB });
  return new Promise<ElkTold>((resolve) => {
    const timer = setTimeout(() => resolve({ failure: `ELK took longer than ${limitMs} ms` }), limitMs);
    worker.once('message', (told: ElkTold) => {
      clearTimeout(timer);
      resolve(told);
    });
    worker.once('error', (error) => {
      clearTimeout(timer);
      resolve({ failure: `ELK failed: ${error.message}` });
    });
    worker.postMessage(plan);
  }).finally(() => worker.terminate());
}
