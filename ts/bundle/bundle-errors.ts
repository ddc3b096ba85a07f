/** What can be wrong with a bundle; nothing in one is trusted. */

import type { Position } from '../model/events/events.ts';

/** The file holds something that no writer of bundles wrote, or not all of it. */
export class BundleDamaged extends Error {
  override readonly name = 'BundleDamaged';
  /** First position that cannot be trusted; 0 when even that is unknown. */
  readonly position: Position;

  /** @param where and what: "records/0000000001, position 7: its chain does not follow". */
  constructor(detail: string, options: ErrorOptions & { readonly position?: Position } = {}) {
    super(`bundle damaged: ${detail}`, options);
    this.position = options.position ?? 0;
  }
}

/** A bundle that a later version of Switchback wrote. */
export class BundleNewer extends Error {
  override readonly name = 'BundleNewer';
  constructor(version: number, known: number) {
    super(`the bundle has format ${version}; this version of Switchback reads format ${known}`);
  }
}
