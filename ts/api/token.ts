/** The word that allows changes. */
import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A random token that cannot be guessed. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
