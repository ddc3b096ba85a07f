/** What a worker that holds an engine and its owner say to each other. */
import type { Conservation, FlowReport } from '../engine/derived.ts';
import type { LogRecord } from '../model/record.ts';

export type ToEngine = { readonly kind: 'acknowledge' };

export type FromEngine =
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'done'; readonly flows: readonly FlowReport[]; readonly frames: Conservation; readonly horizonNs: number };
