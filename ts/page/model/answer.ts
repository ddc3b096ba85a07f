/** An answer that takes a while: of which moment it is, and what it is once it is there. */
export type Answer<T> =
  | { readonly status: 'none' }
  | { readonly status: 'asked'; readonly of: string }
  | { readonly status: 'there'; readonly of: string; readonly value: T }
  | { readonly status: 'failed'; readonly of: string; readonly message: string };

export const NONE = { status: 'none' } as const;
