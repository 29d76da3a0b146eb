/**
 * Notices a connection that is open but dead (half-open TCP, a node that went away). Works when a
 * browser slows the timers of a background tab: silence only counts from an unanswered ping, never
 * from the time since the last tick.
 */
export interface HeartbeatSettings {
  /** Milliseconds between pings. */
  everyMs: number;
  /** Milliseconds that an answer may take. */
  patienceMs: number;
}

/** Pure; the owner asks `tick` at least at `nextMs` and passes a monotonic clock in milliseconds. */
export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  #everyMs: number;
  #nonce = 0;
  /** The oldest ping without a sign of life since. */
  #waiting: { at: number } | null = null;
  #sent = new Map<number, number>();
  /** The last ping, or the beginning. */
  #lastAt: number;
  #patienceMs: number;

  constructor(settings: HeartbeatSettings, now: number) {
    this.#settings = settings;
    this.#everyMs = settings.everyMs;
    this.#lastAt = now;
    this.#patienceMs = settings.patienceMs;
  }

  /** How often to ping from now on; as in the settings if not told. */
  pace(everyMs = this.#settings.everyMs): void {
    this.#everyMs = everyMs;
  }

  /** What to do now: send a ping with this nonce, give the connection up, or nothing. */
  tick(now: number): { ping: number } | "dead" | null {
    if (this.#waiting && now - this.#waiting.at >= this.#patienceMs) return "dead";
    if (now < this.#lastAt + this.#everyMs) return null;
    return { ping: this.#ping(now) };
  }

  /** Pings at once and grants little time: there is a reason to doubt the connection. */
  doubt(now: number, patienceMs: number): number {
    this.#patienceMs = Math.min(patienceMs, this.#settings.patienceMs);
    this.#waiting = null;
    return this.#ping(now);
  }

  /** Anything at all came in. */
  alive(): void {
    this.#waiting = null;
    this.#patienceMs = this.#settings.patienceMs;
  }

  /** A pong came in; the round trip in milliseconds, unless nobody asked for it. */
  pong(nonce: number, now: number): number | null {
    const at = this.#sent.get(nonce);
    // Later pings are answered later: what is older than this answer won't be asked for again.
    for (const key of this.#sent.keys()) if (key <= nonce) this.#sent.delete(key);
    this.alive();
    return at === undefined ? null : now - at;
  }

  /** When `tick` has something to say at the latest. */
  get nextMs(): number {
    const nextAt = this.#lastAt + this.#everyMs;
    return this.#waiting ? Math.min(nextAt, this.#waiting.at + this.#patienceMs) : nextAt;
  }

  #ping(now: number): number {
    this.#nonce = (this.#nonce + 1) >>> 0;
    this.#sent.set(this.#nonce, now);
    this.#waiting ??= { at: now };
    this.#lastAt = now;
    return this.#nonce;
  }
}
