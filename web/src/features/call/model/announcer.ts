/** Says things to a screen reader, one after the other and not too many. */

/** A live region that changes faster than this loses texts in most screen readers. */
const GAP_MS = 1_200;
/** In a crowd the oldest news is worth least. */
const MOST_WAITING = 4;

export interface Announcer {
  /** A later text with the same `topic` replaces one that was not said yet. */
  say(text: string, topic?: string): void;
  stop(): void;
}

/** `show` puts a text into the live region. */
export function createAnnouncer(show: (text: string) => void): Announcer {
  let waiting: { text: string; topic: string | undefined }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function next() {
    const first = waiting.shift();
    timer = undefined;
    if (!first) return;
    show(first.text);
    timer = setTimeout(next, GAP_MS);
  }

  return {
    say(text, topic) {
      if (topic !== undefined) waiting = waiting.filter((one) => one.topic !== topic);
      waiting = [...waiting, { text, topic }].slice(-MOST_WAITING);
      if (timer === undefined) next();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
