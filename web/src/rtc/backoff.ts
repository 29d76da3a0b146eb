/** Waiting times between attempts. */

export interface Backoff {
  /** Milliseconds before the second attempt. */
  firstMs: number;
  /** Milliseconds; no pause is longer. */
  mostMs: number;
}

/**
 * The pause after `failures` failed attempts in a row (1 or more), in milliseconds: doubling, and
 * spread over its upper half so that a room full of people doesn't come back in one instant.
 * `random` is in [0, 1).
 */
export function pauseMs(backoff: Backoff, failures: number, random: number): number {
  // 2^30 is beyond every `mostMs`; the cap keeps the number finite for any count.
  const doubled = backoff.firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30);
  const whole = Math.min(doubled, backoff.mostMs);
  return Math.round(whole * (0.5 + random / 2));
}
