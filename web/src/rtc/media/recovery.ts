/**
 * When to wait, when to restart ICE and when to build a whole new session: pure, so that every path
 * can be tested. Time is a monotonic clock in milliseconds.
 *
 * ```text
 *            connected                    disconnected
 * opening ───────────────▶ up ───────────────────────▶ suspect
 *    │ failed, too long     ▲ ▲                           │ 2 s, or failed
 *    ▼                      │ └───── connected ───────────┤
 * pausing ◀── too long ── restarting ◀────────────────────┘
 *    └── pause over: rebuild ──▶ opening
 * ```
 */
import { pauseMs, type Backoff } from "../backoff";

/** Short gaps (a handover between access points) heal without help. */
const SUSPECT_MS = 2_000;
/** A restart is one HTTP request and a few STUN checks; what takes longer won't come. */
const RESTART_MS = 6_000;
/** From the HTTP request to DTLS; ICE over TCP needs the longest. */
const OPENING_MS = 15_000;
const BACKOFF: Backoff = { firstMs: 400, mostMs: 10_000 };

export type Signal =
  /** `RTCPeerConnection.connectionState` changed. */
  | { type: "state"; state: RTCPeerConnectionState }
  /** The node answered on the data channel. */
  | { type: "alive" }
  /** The node does not answer on the data channel. */
  | { type: "silent" }
  /** The ICE restart was refused. `gone`: the node doesn't know the session. */
  | { type: "restart_failed"; gone: boolean }
  /** A new session couldn't be opened. */
  | { type: "open_failed"; retryAfterMs: number }
  /** The node goes down. */
  | { type: "draining"; afterMs: number }
  /** Time has passed. */
  | { type: "tick" }
  /** The network may have changed: no use in waiting any longer. */
  | { type: "hint" };

export type Mode =
  | { is: "opening"; since: number }
  | { is: "up" }
  | { is: "suspect"; since: number }
  | { is: "restarting"; since: number }
  | { is: "pausing"; until: number };

export interface Recovery {
  mode: Mode;
  /** Sessions in a row that didn't come up. */
  failures: number;
  /** When to leave a draining node. */
  leaveAt: number | null;
}

/** What the owner has to do; `move` is a rebuild while the present session still works. */
export type Act = "restart_ice" | "rebuild" | "move" | null;

/** A session is being opened. */
export function opening(now: number): Recovery {
  return { mode: { is: "opening", since: now }, failures: 0, leaveAt: null };
}

/** `random` is in [0, 1). */
export function advance(
  recovery: Recovery,
  signal: Signal,
  now: number,
  random: number,
): { recovery: Recovery; act: Act } {
  const { mode } = recovery;
  const stay = { recovery, act: null };
  const to = (next: Mode, act: Act = null) => ({ recovery: { ...recovery, mode: next }, act });
  const restart = () => to({ is: "restarting", since: now }, "restart_ice");
  const pause = (atLeastMs: number) => {
    const failures = recovery.failures + 1;
    const until = now + Math.max(atLeastMs, pauseMs(BACKOFF, failures, random));
    return {
      recovery: { mode: { is: "pausing" as const, until }, failures, leaveAt: null },
      act: null,
    };
  };
  const rebuild = (act: "rebuild" | "move" = "rebuild") => ({
    recovery: { ...recovery, mode: { is: "opening" as const, since: now }, leaveAt: null },
    act,
  });
  const up = () => ({
    recovery: { ...recovery, mode: { is: "up" as const }, failures: 0 },
    act: null,
  });

  switch (signal.type) {
    case "state":
      switch (signal.state) {
        case "connected":
          return mode.is === "pausing" ? stay : up();
        case "disconnected":
          return mode.is === "up" ? to({ is: "suspect", since: now }) : stay;
        case "failed":
        case "closed":
          if (mode.is === "opening") return pause(0);
          if (mode.is === "up" || mode.is === "suspect") return restart();
          return mode.is === "restarting" ? rebuild() : stay;
        default:
          return stay;
      }
    case "alive":
      return mode.is === "suspect" || mode.is === "restarting" ? up() : stay;
    case "silent":
      return mode.is === "up" || mode.is === "suspect" ? restart() : stay;
    case "restart_failed":
      if (mode.is !== "restarting") return stay;
      // Without an answer the network is probably still away: the deadline decides.
      return signal.gone ? rebuild() : stay;
    case "open_failed":
      return mode.is === "opening" ? pause(signal.retryAfterMs) : stay;
    case "draining":
      // Spread over a second, so that not everybody asks the next node in one instant.
      return {
        recovery: { ...recovery, leaveAt: now + signal.afterMs + random * 1_000 },
        act: null,
      };
    case "hint":
      if (mode.is === "suspect") return restart();
      return mode.is === "pausing" ? rebuild() : stay;
    case "tick":
      if (mode.is === "pausing") return now >= mode.until ? rebuild() : stay;
      if (recovery.leaveAt !== null && now >= recovery.leaveAt) {
        return rebuild(mode.is === "up" ? "move" : "rebuild");
      }
      if (mode.is === "opening" && now - mode.since >= OPENING_MS) return pause(0);
      if (mode.is === "suspect" && now - mode.since >= SUSPECT_MS) return restart();
      if (mode.is === "restarting" && now - mode.since >= RESTART_MS) return rebuild();
      return stay;
  }
}

/** When a `tick` changes something; null: never by itself. */
export function deadline(recovery: Recovery): number | null {
  const { mode, leaveAt } = recovery;
  const own =
    mode.is === "opening"
      ? mode.since + OPENING_MS
      : mode.is === "suspect"
        ? mode.since + SUSPECT_MS
        : mode.is === "restarting"
          ? mode.since + RESTART_MS
          : mode.is === "pausing"
            ? mode.until
            : null;
  if (own === null) return leaveAt;
  return leaveAt === null || mode.is === "pausing" ? own : Math.min(own, leaveAt);
}
