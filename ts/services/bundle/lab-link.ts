/** A recorded lab as the fragment of a URL, which the page opens (ts/bundle/link.ts). */
import { deflateRawSync } from 'node:zlib';
import { encodeLinked, LINK_BYTES_MAX, LINK_CHARACTERS_MAX, LINK_PREFIX, type LinkedLab } from '../../bundle/link.ts';
import type { EventLog } from '../../log/event-log.ts';
import { bodyType } from '../../model/events/codec.ts';
import { EVENT_KINDS } from '../../model/events/events.ts';

/**
 * "#lab=" and what was done to a lab up to its end, deflated, in base64url. Where an engine failed is no part of it.
 * @throws RangeError when that is longer than LINK_CHARACTERS_MAX, or the lab has no events; LogDamaged
 */
export async function labLink(log: EventLog, lab: string): Promise<string> {
  const link = LINK_PREFIX + deflateRawSync(encodeLinked(await linkedLab(log, lab)), { level: 9 }).toString('base64url');
  if (link.length > LINK_CHARACTERS_MAX) throw tooLong(`${link.length} characters`);
  return link;
}

async function linkedLab(log: EventLog, lab: string): Promise<LinkedLab> {
  const inputs: Uint8Array[] = [];
  let [positions, chain, bytes] = [0, new Uint8Array(0), 0];
  for await (const batch of log.read(lab, 1)) {
    for (const record of batch) {
      const type = bodyType(record.body);
      if (type === 'EngineHalted') continue;
      [positions, chain] = [record.position, new Uint8Array(record.chain)];
      if (EVENT_KINDS[type] !== 'input') continue;
      bytes += record.body.length;
      if (bytes > LINK_BYTES_MAX) throw tooLong(`inputs of more than ${LINK_BYTES_MAX} bytes`);
      inputs.push(record.body);
    }
  }
  if (positions === 0) throw new RangeError(`lab ${lab} has no events`);
  return { lab, positions, chain, inputs };
}

function tooLong(what: string): RangeError {
  return new RangeError(
    `the link would have ${what}; expected at most ${LINK_CHARACTERS_MAX} characters. A bundle has no such limit`,
  );
}
