/** What a lab file writes about the times of control planes (raw.ts). */
export type RawControlPlane =
  | 'published'
  | {
      readonly [K in 'mailbox-request' | 'vf-reset' | 'promotion' | 'ha1' | 'cloud-call' | 'carrier']?: string | number | undefined;
    };
