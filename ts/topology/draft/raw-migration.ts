/** What a lab file writes about guests that move (raw.ts). */

/** Off, on with its defaults, or its settings. */
export type RawLiveMigration =
  | 'on'
  | 'off'
  | boolean
  | {
      readonly 'pre-copy'?: string | number | undefined;
      readonly stun?: string | number | undefined;
      readonly 'guest-announce'?: 'on' | 'off' | boolean | undefined;
    };
