/** `switchback export LAB --perfetto -o FILE.json`: a recorded lab as a trace that ui.perfetto.dev opens. */
import type { EventLog } from '../log/event-log.ts';
import { toHex } from '../model/events/chain.ts';
import { EVERYTHING, select } from './event-selection.ts';
import { headOf } from './store.ts';

export interface ExportedTrace {
  /** Events of the lab. */
  readonly positions: number;
  readonly bytes: number;
}

/** Writes the trace piece by piece. */
export async function exportTrace(log: EventLog, lab: string, write: (piece: Uint8Array) => void): Promise<ExportedTrace> {
  const { position, chain } = await headOf(log, lab);
  const [{ PerfettoTrace }, { textOf }] = await Promise.all([
    import('../services/publish/perfetto.ts'),
    import('../services/publish/describe-event.ts'),
  ]);
  const trace = new PerfettoTrace(textOf);
  const encoder = new TextEncoder();
  let bytes = 0;
  const put = (text: string): void => {
    const piece = encoder.encode(text);
    bytes += piece.length;
    write(piece);
  };
  put(`{"displayTimeUnit":"ns","otherData":${JSON.stringify({ lab, chain: toHex(chain) })},"traceEvents":[`);
  let before = '\n';
  const putAll = (entries: readonly object[]): void => {
    for (const entry of entries) {
      put(`${before}${JSON.stringify(entry)}`);
      before = ',\n';
    }
  };
  for await (const { event } of select(log, lab, { ...EVERYTHING, to: { position } })) putAll(trace.take(event));
  putAll(trace.end());
  put('\n]}\n');
  return { positions: position, bytes };
}
