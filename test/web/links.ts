/** Links to shipped labs for the page, made on Node. */
import { openMemoryLog } from '../../ts/log/memory.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import { labLink } from '../../ts/services/bundle/lab-link.ts';
import { recordsOf, shippedLab } from '../support/recorded-lab.ts';

export interface MadeLink {
  /** "#lab=…". */
  readonly link: string;
  /** Position of the last event. */
  readonly end: number;
  /** Hex. */
  readonly chain: string;
}

/** A shipped lab, run to its end on Node, as a link. */
export async function linkOfLab(name: string): Promise<MadeLink> {
  const records = recordsOf(shippedLab(name));
  const log = openMemoryLog();
  await log.append(name, 0, records);
  const chain = toHex(records.at(-1)?.chain ?? new Uint8Array(0));
  return { link: await labLink(log, name), end: records.length, chain };
}
