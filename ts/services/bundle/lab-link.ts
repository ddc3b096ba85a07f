/** A lab file as the fragment of a URL: whoever opens it has the lab, and no server ever sees it (RFC 3986, 3.5). */
import { deflateRawSync } from 'node:zlib';

/** Longer addresses are cut by mail programs and chats. */
export const LINK_CHARACTERS_MAX = 4000;
const PREFIX = '#lab=';

/**
 * "#lab=" and the lab file, deflated (RFC 1951), in base64url.
 * @throws RangeError when that is longer than LINK_CHARACTERS_MAX
 */
export function labLink(text: string): string {
  const link = PREFIX + deflateRawSync(text, { level: 9 }).toString('base64url');
  if (link.length <= LINK_CHARACTERS_MAX) return link;
  throw new RangeError(
    `the link would have ${link.length} characters; expected at most ${LINK_CHARACTERS_MAX}. A bundle has no such limit`,
  );
}
