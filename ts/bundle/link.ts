/**
 * A lab in a link: what was done to it, without what it decided. Whoever opens the link executes the lab, and the chain in it says whether
 * that is the same history.
 *
 *   ┌─────────┬───────┬───────────┬────────┬──────┬────────┬───────┬───
 *   │ version │ chain │ positions │ length │ name │ length │ input │ …       version in a byte, numbers of four bytes, little endian
 *   └─────────┴───────┴───────────┴────────┴──────┴────────┴───────┴───
 *
 * An input is its Body as it is recorded; the first one defines the lab, resolved. So whoever opens it reads no lab file, and needs no check of
 * one. It is deflated (RFC 1951) and written in base64url (RFC 4648, 5) as the fragment of an address, which no server sees (RFC 3986, 3.5).
 */
import { checkLabName } from '../log/checks.ts';
import { CHAIN_BYTES } from '../model/events/chain.ts';
import type { Position } from '../model/events/events.ts';

export const LINK_PREFIX = '#lab=';
/** Longer addresses are cut by mail programs and chats. */
export const LINK_CHARACTERS_MAX = 4000;
/** Of the inputs before they are deflated. The largest shipped lab has 26 kB. */
export const LINK_BYTES_MAX = 2 ** 20;
/** Events that a lab of a link may decide: a page holds them all. */
export const LINK_POSITIONS_MAX = 1_000_000;

const VERSION = 1;
const NUMBER_BYTES = 4;

export interface LinkedLab {
  readonly lab: string;
  /** How many events there are; the last one's position. */
  readonly positions: Position;
  /** Of the last event. */
  readonly chain: Uint8Array;
  /** Bodies of the inputs, in order. */
  readonly inputs: readonly Uint8Array[];
}

/** A link that is not as one of ours. */
export class LinkDamaged extends Error {
  override readonly name = 'LinkDamaged';

  constructor(detail: string, options: ErrorOptions = {}) {
    super(`link damaged: ${detail}`, options);
  }
}

/** The bytes of a link, not yet deflated. */
export function encodeLinked({ lab, positions, chain, inputs }: LinkedLab): Uint8Array {
  const parts = [new TextEncoder().encode(lab), ...inputs];
  const length = parts.reduce((sum, part) => sum + NUMBER_BYTES + part.length, 1 + CHAIN_BYTES + NUMBER_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes.set(chain, 1);
  let at = 1 + CHAIN_BYTES;
  view.setUint32(at, positions, true);
  at += NUMBER_BYTES;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + NUMBER_BYTES);
    at += NUMBER_BYTES + part.length;
  }
  return bytes;
}

/** @throws LinkDamaged naming what is wrong and at which byte. Bodies are not decoded here. */
export function decodeLinked(bytes: Uint8Array): LinkedLab {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = 1 + CHAIN_BYTES + NUMBER_BYTES;
  if (bytes.length < head) throw new LinkDamaged(`it has ${bytes.length} bytes; expected at least ${head}`);
  if (bytes[0] !== VERSION) throw new LinkDamaged(`byte 0: version ${bytes[0]}; this version of Switchback reads ${VERSION}`);
  const positions = view.getUint32(1 + CHAIN_BYTES, true);
  if (positions < 1 || positions > LINK_POSITIONS_MAX)
    throw new LinkDamaged(`byte ${1 + CHAIN_BYTES}: ${positions} events; expected 1 to ${LINK_POSITIONS_MAX}`);
  const [name, ...inputs] = partsIn(bytes, view, head);
  if (name === undefined || inputs.length === 0) throw new LinkDamaged('it names no lab, or nothing that was done to it');
  return { lab: labName(name), positions, chain: bytes.slice(1, 1 + CHAIN_BYTES), inputs };
}

function partsIn(bytes: Uint8Array, view: DataView, from: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = from; at < bytes.length; ) {
    const start = at + NUMBER_BYTES;
    const end = start > bytes.length ? Number.POSITIVE_INFINITY : start + view.getUint32(at, true);
    if (end > bytes.length) throw new LinkDamaged(`byte ${at}: it ends before what begins here`);
    parts.push(bytes.subarray(start, end));
    at = end;
  }
  return parts;
}

function labName(bytes: Uint8Array): string {
  try {
    const name = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    checkLabName(name);
    return name;
  } catch (error) {
    throw new LinkDamaged('expected the name of a lab', { cause: error });
  }
}
