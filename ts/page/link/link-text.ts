/** A link's text and its bytes: base64url (RFC 4648, 5) around raw deflate (RFC 1951). */
import {
  decodeLinked,
  encodeLinked,
  LINK_BYTES_MAX,
  LINK_CHARACTERS_MAX,
  LINK_PREFIX,
  LinkDamaged,
  type LinkedLab,
} from '../../bundle/link.ts';
import { gathered, inflated } from './inflated.ts';

const CODE_MAX = LINK_CHARACTERS_MAX - LINK_PREFIX.length;

/** What stands in a link behind "#lab=". @throws LinkDamaged with what is wrong */
export async function readLink(code: string): Promise<LinkedLab> {
  if (code.length > CODE_MAX) throw new LinkDamaged(`it has ${code.length} characters; expected at most ${CODE_MAX}`);
  return decodeLinked(await inflatedLink(bytesOf(code)));
}

/** @returns what stands behind "#lab="; null where that is too long for an address */
export async function writeLink(linked: LinkedLab): Promise<string | null> {
  const deflated = new Blob([new Uint8Array(encodeLinked(linked))]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(deflated).arrayBuffer());
  // Ten times what fits is not turned into text first.
  const code = bytes.length > CODE_MAX ? '' : base64url(bytes);
  return code === '' || code.length > CODE_MAX ? null : code;
}

function bytesOf(code: string): Uint8Array {
  try {
    const text = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch (error) {
    throw new LinkDamaged('expected base64url', { cause: error });
  }
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

async function inflatedLink(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await gathered(inflated(bytes, 'deflate-raw', LINK_BYTES_MAX));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LinkDamaged(error instanceof RangeError ? why : `expected deflate: ${why}`, { cause: error });
  }
}
