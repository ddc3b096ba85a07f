/** One line about a packet of PPPoE, in tcpdump's manner (describe.ts). It never throws, whatever the bytes. */
import { u16At } from './big-endian.ts';
import { PPP_PROTOCOL, PPPOE_TAG, type PppCode, parsePppControl, parsePppoe, parseTags, tagOf } from './pppoe.ts';

const PPP_PROTOCOL_BYTES = 2;

/** @param packet says what an IPv4 packet of a session is. */
export function describePppoe(payload: Uint8Array, packet: (bytes: Uint8Array) => string): string {
  const parsed = parsePppoe(payload);
  if (parsed === null) return `PPPoE truncated or malformed, ${payload.length} bytes`;
  const { kind, session, payload: inner } = parsed;
  if (kind !== 'session') return `PPPoE ${kind.toUpperCase()}${session === 0 ? '' : ` session ${session}`}${tagsText(inner)}`;
  const control = parsePppControl(inner);
  if (control !== null)
    return `PPPoE session ${session} ${control.protocol.toUpperCase()} ${wordsOf(control.code)} id ${control.id}`;
  if (inner.length < PPP_PROTOCOL_BYTES) return `PPPoE session ${session} truncated`;
  const protocol = u16At(inner, 0);
  if (protocol === PPP_PROTOCOL.ipv4) return `PPPoE session ${session} ${packet(inner.subarray(PPP_PROTOCOL_BYTES))}`;
  return `PPPoE session ${session} PPP 0x${protocol.toString(16).padStart(4, '0')} length ${inner.length - PPP_PROTOCOL_BYTES}`;
}

function tagsText(payload: Uint8Array): string {
  const tags = parseTags(payload);
  if (tags === null) return ' (malformed tags)';
  const name = tagOf(tags, PPPOE_TAG.acName);
  return name === undefined ? '' : ` concentrator ${JSON.stringify(String.fromCharCode(...name.subarray(0, 64)))}`;
}

/** "configureRequest" as "configure-request". */
function wordsOf(code: PppCode): string {
  return code.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
