/** The word that allows changes. */
import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** A token nobody guesses. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
