/** The newest media grant, and how to get one. Grants live for minutes only. */
import type { MediaGrant } from "./wire";

/** A grant in its last moments might not be good any more when it arrives. */
const MARGIN_MS = 5_000;
/** The answer takes one round trip on the room's socket. */
const ASK_MS = 4_000;
/**
 * A grant lives 5 minutes. It is renewed before that, so that a restart after the loss of the whole
 * network doesn't need the socket to be back first.
 */
const RENEW_MS = 4 * 60_000;

export class MediaGrants {
  /** Sends `GetMedia`; false when there is no socket. */
  readonly #ask: () => boolean;
  #newest: MediaGrant | null = null;
  #waiting = new Set<(grant: MediaGrant) => void>();
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(ask: () => boolean) {
    this.#ask = ask;
  }

  received(grant: MediaGrant): void {
    this.#newest = grant;
    for (const give of this.#waiting) give(grant);
    this.#waiting.clear();
    clearInterval(this.#renewal);
    this.#renewal = setInterval(() => this.#ask(), RENEW_MS);
  }

  /** A grant that is good right now; rejects when none can be had. */
  fresh(): Promise<MediaGrant> {
    if (!this.#ask()) {
      const kept = this.#newest;
      return kept && Date.parse(kept.expires_at) - MARGIN_MS > Date.now()
        ? Promise.resolve(kept)
        : Promise.reject(new Error("no media grant: the room socket is down"));
    }
    return new Promise((resolve, reject) => {
      const give = (grant: MediaGrant) => {
        clearTimeout(timer);
        resolve(grant);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(give);
        reject(new Error("no media grant: no answer"));
      }, ASK_MS);
      this.#waiting.add(give);
    });
  }

  stop(): void {
    clearInterval(this.#renewal);
  }
}
