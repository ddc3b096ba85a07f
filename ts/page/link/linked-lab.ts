/** What of records goes into a link: the inputs. */
import type { LinkedLab } from '../../bundle/link.ts';
import { CHAIN_START } from '../../model/events/chain.ts';
import { bodyType } from '../../model/events/codec.ts';
import { EVENT_KINDS } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';

/** Where an engine failed is recorded as an input, and is no part of a link: nothing follows it. */
export function linkedLab(lab: string, records: readonly LogRecord[]): LinkedLab {
  const told = records.filter(({ body }) => bodyType(body) !== 'EngineHalted');
  const last = told.at(-1);
  const inputs = told.flatMap(({ body }) => (EVENT_KINDS[bodyType(body)] === 'input' ? [body] : []));
  return { lab, positions: last?.position ?? 0, chain: last?.chain ?? CHAIN_START, inputs };
}
