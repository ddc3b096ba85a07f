import { type ResourceLimits, Worker } from 'node:worker_threads';

/**
 * A worker that runs a module, given without its ending as it lies beside the caller (`import.meta.url`). From source, as tests run
 * it, Node 20 needs a loader for TypeScript, which its workers do not inherit.
 */
export function newWorker(module: string, caller: string, resourceLimits: ResourceLimits = {}): Worker {
  if (!caller.endsWith('.ts')) return new Worker(new URL(`${module}.js`, caller), { resourceLimits });
  const script = JSON.stringify(new URL(`${module}.ts`, caller));
  return new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${script})))`, {
    eval: true,
    resourceLimits,
  });
}
