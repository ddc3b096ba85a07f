/** How the time of a lab follows the clock. */
export interface Clock {
  readonly isPaused: boolean;
  /** Virtual time per wall time, in thousandths; null for the pace that the lab was deployed with. */
  readonly pacePermille: number | null;
}

export const DEPLOYED: Clock = { isPaused: false, pacePermille: null };

/** Null for the pace that the lab was deployed with. */
export function paceOfClock({ isPaused, pacePermille }: Clock): number | null {
  return isPaused ? 0 : pacePermille;
}
