/** Notices that somebody speaks into a muted microphone. Pure. */

/** On the meter's scale: clear speech, not a keyboard. */
const LOUD = 0.55;
/** Loud readings out of the last {@link WINDOW}, at 20 a second: most of a word. */
const ENOUGH = 8;
const WINDOW = 16;
/** A hint that comes too often is no help. */
const QUIET_MS = 15_000;

export class MutedSpeech {
  #recent: boolean[] = [];
  #toldAt = -Infinity;

  /** True when it is time to say so. `now` is monotonic, in milliseconds. */
  heard(level: number, muted: boolean, now: number): boolean {
    if (!muted) {
      this.#recent = [];
      return false;
    }
    this.#recent.push(level >= LOUD);
    if (this.#recent.length > WINDOW) this.#recent.shift();
    if (now - this.#toldAt < QUIET_MS) return false;
    if (this.#recent.filter(Boolean).length < ENOUGH) return false;
    this.#toldAt = now;
    this.#recent = [];
    return true;
  }
}
