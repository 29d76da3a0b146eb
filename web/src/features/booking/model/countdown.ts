/** How long before the end of a hold it is said aloud, in milliseconds: seldom, but in time to act. */
export const SPOKEN_MS = [120_000, 30_000] as const;

/** From here on the clock is shown as urgent. */
export const URGENT_MS = 120_000;

/** Which announcement is due with so much time left: the latest whose moment has come, or none. */
export function announcement(leftMs: number): number | null {
  if (leftMs <= 0) return null;
  return SPOKEN_MS.findLast((moment) => leftMs <= moment) ?? null;
}
