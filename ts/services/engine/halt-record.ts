import { nextChain } from '../../model/events/chain.ts';
import { decodeBody, encodeBody } from '../../model/events/codec.ts';
import type { LogRecord } from '../../model/events/record.ts';

/** The record of an engine's death, right behind the last thing it is known to have decided. */
export function haltRecord(last: LogRecord, reason: string, commandId = ''): LogRecord {
  const position = last.position + 1;
  const { atNs } = decodeBody(last.body);
  const body = encodeBody({ type: 'EngineHalted', data: { reason }, position, atNs, cause: 0 });
  const chain = nextChain(last.chain, body);
  return { position, body, chain, recordedAtMs: Date.now(), commandId, checkpoint: null, settled: true };
}
