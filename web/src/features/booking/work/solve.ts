import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** What the worker is asked. */
export interface Task {
  /** Lower-case hex of SHA-256. */
  challenge: string;
  salt: string;
  /** The largest number to try. */
  max: number;
}

/**
 * The number from 0 to `max` for which SHA-256 over `salt` and the number is `challenge`; none when
 * there is no such number. A library's hash rather than the browser's: that one answers only through
 * a promise, which costs several times the hash itself.
 */
export function solve({ challenge, salt, max }: Task): number | null {
  const wanted = hexToBytes(challenge);
  const begun = sha256.create().update(utf8ToBytes(salt));
  for (let number = 0; number <= max; number += 1) {
    const digest = begun
      .clone()
      .update(utf8ToBytes(String(number)))
      .digest();
    if (digest.every((byte, at) => byte === wanted[at])) return number;
  }
  return null;
}
