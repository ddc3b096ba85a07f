/** The words that allow changes and reading, and how they are compared. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A random token that cannot be guessed. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** A check of an `Authorization` header: whether it has one of the tokens. */
export function isOneOf(tokens: readonly string[]): (authorization: string) => boolean {
  return (authorization) => {
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    // Each is compared, so that the time does not tell which one it was.
    return given !== undefined && tokens.filter((token) => sameText(given, token)).length > 0;
  };
}

/** Compares hashes, so that neither content nor length of a guess can be told from the time it takes. */
export function sameText(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** The cookie of a browser that may read: event streams send no headers of a page's choice. */
export const READER_COOKIE = 'switchback-reader';

/** What the cookie holds: it is made of the token, and the token cannot be made of it. */
export function readerMark(readToken: string): string {
  return digest(`switchback reader ${readToken}`).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
