/** What every answer says to a browser, whatever it is: data, a page, a refusal, or the last word on a broken connection. */

/** No script, no frame, and no text becomes one. */
export const NOTHING_ALLOWED = [
  "default-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
] as const;

/** By their names in small letters. */
export const EVERY_ANSWER: Readonly<Record<string, string>> = {
  'content-security-policy': [...NOTHING_ALLOWED, "trusted-types 'none'"].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};
