/**
 * The room's WebSocket (`signalling/protocol/src/room.rs`): opened again whenever it drops, with the
 * newest token, until the server or the owner says that it is over.
 */
import { pauseMs, type Backoff } from "./backoff";
import { Heartbeat } from "./heartbeat";
import { onNetworkHint } from "./network";
import { Place, type PlaceOptions } from "./place";
import {
  ROOM_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
  type Code,
  type ToClient,
  type ToRoom,
} from "./wire";

const BACKOFF: Backoff = { firstMs: 300, mostMs: 8_000 };
/** A half-open connection is noticed within 2 + 4 seconds. */
const HEARTBEAT = { everyMs: 2_000, patienceMs: 4_000 };
/** While the way to the media node is watched and nobody is seen or heard. The server pings after 25 s. */
const CALM_MS = 20_000;
/** After a sign of a changed network; a sleeping mobile radio takes up to two seconds to wake. */
const DOUBT_PATIENCE_MS = 2_500;
/** The server's close code for "another socket of the same participant took over". */
const CLOSED_REPLACED = 4002;
/** A WebSocket that doesn't open in this time is given up. */
const OPEN_TIMEOUT_MS = 8_000;

export interface RoomSocketEvents {
  onMessage(message: ToClient): void;
  /** `up` from the first word of the server on, not from the mere connection. */
  onStatus(status: "down" | "connecting" | "up"): void;
  /** There is no place (any more). The socket stays closed. */
  onRefused(code: Code): void;
}

export interface RoomSocketOptions extends PlaceOptions {
  url: string;
  events: RoomSocketEvents;
}

export class RoomSocket {
  readonly #url: string;
  readonly #events: RoomSocketEvents;
  readonly #place: Place;
  readonly #stop = new AbortController();
  #socket: WebSocket | null = null;
  #heartbeat: Heartbeat | null = null;
  #beat: ReturnType<typeof setTimeout> | undefined;
  /** Ends the pause before the next attempt. */
  #wake: (() => void) | null = null;
  #calm = false;
  #failures = 0;
  #heard = false;
  #drainMs: number | null = null;
  #unhint: (() => void) | null = null;
  #opened = 0;

  constructor(options: RoomSocketOptions) {
    this.#url = options.url;
    this.#events = options.events;
    this.#place = new Place(options);
  }

  /** How many connections were opened so far. */
  get opened(): number {
    return this.#opened;
  }

  start(): void {
    if (this.#unhint || this.#stop.signal.aborted) return;
    this.#unhint = onNetworkHint(() => {
      this.#hint();
    });
    void this.#run();
  }

  /** False when there is no connection: nothing was sent. */
  send(message: ToRoom): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN || !this.#heard) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Whether another connection shows well enough that the network is there. */
  setCalm(calm: boolean): void {
    if (this.#stop.signal.aborted) return;
    this.#calm = calm;
    this.#heartbeat?.pace(calm ? CALM_MS : undefined);
    this.#scheduleBeat();
  }

  /** Closes for good. Whatever was sent before still goes out. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#unhint?.();
    this.#wake?.();
    this.#socket?.close(1000);
    clearTimeout(this.#beat);
    this.#events.onStatus("down");
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#events.onStatus("connecting");
      const outcome = await this.#place.token(Date.now(), this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      if (outcome.kind === "refused") {
        this.stop();
        this.#events.onRefused(outcome.code);
        return;
      }
      let afterMs = 0;
      if (outcome.kind === "token") {
        await this.#connection(outcome.token);
        if (this.#stop.signal.aborted) return;
        if (this.#heard) this.#failures = 0;
        else this.#place.doubt();
      } else {
        afterMs = outcome.afterMs;
      }
      this.#events.onStatus("down");
      this.#failures += 1;
      if (this.#drainMs !== null) {
        afterMs = Math.max(afterMs, this.#drainMs);
        this.#drainMs = null;
      }
      await this.#pause(Math.max(afterMs, pauseMs(BACKOFF, this.#failures, Math.random())));
    }
  }

  /** One connection, from opening to its end. */
  #connection(token: string): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = false;
      const socket = new WebSocket(this.#url, [ROOM_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token]);
      this.#socket = socket;
      let done = false;
      const finish = () => {
        if (done) return;
        done = true;
        clearTimeout(timeout);
        clearTimeout(this.#beat);
        this.#heartbeat = null;
        this.#socket = null;
        // A dead connection takes long to say so itself: it isn't waited for.
        socket.onmessage = socket.onclose = socket.onopen = null;
        socket.close();
        resolve();
      };
      const timeout = setTimeout(finish, OPEN_TIMEOUT_MS);
      this.#finish = finish;
      socket.onopen = () => {
        clearTimeout(timeout);
        this.#opened += 1;
        this.#heartbeat = new Heartbeat(HEARTBEAT, performance.now());
        this.#heartbeat.pace(this.#calm ? CALM_MS : undefined);
        this.#scheduleBeat();
      };
      socket.onclose = ({ code }) => {
        // The message may have been lost on a full queue. Coming back would throw the other out.
        if (code === CLOSED_REPLACED) this.#events.onMessage({ type: "replaced" });
        finish();
      };
      socket.onmessage = (event) => {
        this.#receive(event.data);
      };
    });
  }

  #finish: () => void = () => undefined;

  #receive(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    if (message.type === "pong") this.#heartbeat?.pong(message.nonce, performance.now());
    else this.#heartbeat?.alive();
    if (message.type === "token") this.#place.renewed(message.token, message.expires_at);
    if (message.type === "draining") this.#drainMs = message.after_ms;
    if (!this.#heard) {
      this.#heard = true;
      this.#events.onStatus("up");
    }
    this.#events.onMessage(message);
  }

  #scheduleBeat(): void {
    clearTimeout(this.#beat);
    const heartbeat = this.#heartbeat;
    if (!heartbeat) return;
    this.#beat = setTimeout(
      () => {
        const todo = heartbeat.tick(performance.now());
        if (todo === "dead") {
          this.#finish();
          return;
        }
        if (todo) this.#ping(todo.ping);
        this.#scheduleBeat();
      },
      Math.max(heartbeat.nextMs - performance.now(), 0) + 1,
    );
  }

  #ping(nonce: number): void {
    const ping: ToRoom = { type: "ping", nonce };
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(ping));
  }

  /** The network may have changed: try at once, or check the connection that seems to be there. */
  #hint(): void {
    if (this.#heartbeat) {
      this.#ping(this.#heartbeat.doubt(performance.now(), DOUBT_PATIENCE_MS));
      this.#scheduleBeat();
    } else {
      this.#wake?.();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }
}

/** A frame that isn't a message of this protocol is none at all. */
function parse(data: unknown): ToClient | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value !== "object" || value === null || !("type" in value)) return null;
    return typeof value.type === "string" ? (value as ToClient) : null;
  } catch {
    return null;
  }
}
