/** The published schemas by name, each loaded when asked for. A verb's schema describes what it prints with -f json. */
import type { Schema } from './values.ts';

const LOADERS: Readonly<Record<string, () => Promise<Schema>>> = {
  lab: async () => (await import('./lab.ts')).labSchema,
  run: async () => (await import('./run.ts')).runSchema,
  test: async () => (await import('./test.ts')).testSchema,
  'test-matrix': async () => (await import('./test.ts')).testMatrixSchema,
  validate: async () => (await import('./validate.ts')).validateSchema,
  inspect: async () => (await import('./inspect.ts')).inspectSchema,
  events: async () => (await import('./events.ts')).eventsSchema,
  event: async () => (await import('./events.ts')).eventSchema,
  exec: async () => (await import('./exec.ts')).execSchema,
  at: async () => (await import('./at.ts')).atSchema,
  verify: async () => (await import('./verify.ts')).verifySchema,
  capture: async () => (await import('./capture.ts')).captureSchema,
  explain: async () => (await import('./explain.ts')).explainSchema,
  'explain-drop': async () => (await import('./explain.ts')).explainDropSchema,
  'explain-frame': async () => (await import('./explain.ts')).explainFrameSchema,
  'explain-why': async () => (await import('./explain.ts')).explainWhySchema,
  mac: async () => (await import('./mac.ts')).macSchema,
  graph: async () => (await import('./graph.ts')).graphSchema,
  fork: async () => (await import('./fork.ts')).forkSchema,
  diff: async () => (await import('./diff.ts')).diffSchema,
  sweep: async () => (await import('./sweep.ts')).sweepSchema,
  shrink: async () => (await import('./shrink.ts')).shrinkSchema,
  bisect: async () => (await import('./bisect.ts')).bisectSchema,
  inject: async () => (await import('./inject.ts')).injectSchema,
  export: async () => (await import('./export.ts')).exportSchema,
  import: async () => (await import('./import.ts')).importSchema,
  replay: async () => (await import('./replay.ts')).replaySchema,
  bench: async () => (await import('./bench.ts')).benchSchema,
  rule: async () => (await import('./rule.ts')).ruleSchema,
  doctor: async () => (await import('./doctor.ts')).doctorSchema,
  init: async () => (await import('./init.ts')).initSchema,
};

export const SCHEMA_NAMES: readonly string[] = Object.keys(LOADERS);

/** Rejects with RangeError for a name that is not one of SCHEMA_NAMES. */
export function schemaNamed(name: string): Promise<Schema> {
  const load = LOADERS[name];
  return load === undefined ? Promise.reject(new RangeError(`there is no schema ${name}`)) : load();
}
