/** A place in a room: the newest token for it, and how to ask for it again. */
import { GrantRefused } from "./call-types";
import type { Code, JoinGrant } from "./wire";

/** Codes after which asking again may help; all others are a final no. */
const PASSING: ReadonlySet<Code> = new Set<Code>([
  "internal",
  "rate_limited",
  "draining",
  "conflict",
  "node_full",
  "busy",
]);

/** A request that got no answer in this time won't get one. */
const GRANT_MS = 10_000;

/** A token is not used in its last moments: it has to live until the server reads it. */
const MARGIN_MS = 10_000;

export type PlaceOutcome =
  | { kind: "token"; token: string }
  /** No answer, or one that may be another next time. */
  | { kind: "later"; afterMs: number }
  | { kind: "refused"; code: Code };

export interface PlaceOptions {
  grant(resume: string | undefined, signal: AbortSignal): Promise<JoinGrant>;
  resume: string | undefined;
  onToken: ((token: string) => void) | undefined;
}

export class Place {
  readonly #options: PlaceOptions;
  #token: string | undefined;
  #expiresAt = 0;
  #doubted = true;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#token = options.resume;
  }

  /** The newest token came over the socket. `expiresAt` is RFC 3339. */
  renewed(token: string, expiresAt: string): void {
    this.#token = token;
    this.#expiresAt = Date.parse(expiresAt);
    this.#doubted = false;
    this.#options.onToken?.(token);
  }

  /**
   * The token didn't open the socket. A browser doesn't tell a page whether the server answered 401
   * or not at all, so the next `token` asks over HTTP, which does.
   */
  doubt(): void {
    this.#doubted = true;
  }

  /** A token that should open the socket. `now` in milliseconds since the epoch. */
  async token(now: number, signal: AbortSignal): Promise<PlaceOutcome> {
    // A wrong NaN date makes the comparison false: then the server is asked as well.
    if (this.#token !== undefined && !this.#doubted && now < this.#expiresAt - MARGIN_MS) {
      return { kind: "token", token: this.#token };
    }
    const request = new AbortController();
    const abort = () => {
      request.abort();
    };
    signal.addEventListener("abort", abort);
    const timer = setTimeout(abort, GRANT_MS);
    try {
      const grant = await Promise.race([
        this.#options.grant(this.#token, request.signal),
        rejects(request.signal),
      ]);
      this.renewed(grant.token, grant.expires_at);
      return { kind: "token", token: grant.token };
    } catch (error) {
      if (!(error instanceof GrantRefused)) return { kind: "later", afterMs: 0 };
      if (PASSING.has(error.code)) {
        return { kind: "later", afterMs: (error.retryAfter ?? 0) * 1000 };
      }
      return { kind: "refused", code: error.code };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

function rejects(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error("no answer"));
    });
  });
}
