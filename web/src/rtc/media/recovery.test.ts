import { describe, expect, it } from "vitest";

import { advance, deadline, opening, type Act, type Recovery, type Signal } from "./recovery";

/** Feeds signals at their times, ticking at every deadline between, and lists what was to be done. */
function run(steps: readonly (readonly [number, Signal])[], until: number) {
  let recovery: Recovery = opening(0);
  const acts: [number, Exclude<Act, null>][] = [];
  const feed = (now: number, signal: Signal) => {
    const next = advance(recovery, signal, now, 0.5);
    recovery = next.recovery;
    if (next.act) acts.push([now, next.act]);
  };
  const tickUntil = (end: number) => {
    for (let i = 0; i < 1_000; i++) {
      const at = deadline(recovery);
      if (at === null || at > end) return;
      feed(at, { type: "tick" });
    }
    throw new Error("ticks without an end");
  };
  for (const [at, signal] of steps) {
    tickUntil(at);
    feed(at, signal);
  }
  tickUntil(until);
  return { acts, mode: recovery.mode.is, recovery };
}

const state = (value: RTCPeerConnectionState): Signal => ({ type: "state", state: value });
const connected = state("connected");

describe("a connection that stands", () => {
  it("needs nothing", () => {
    expect(run([[100, connected]], 600_000)).toMatchObject({ acts: [], mode: "up" });
  });

  it("heals a short gap by itself", () => {
    const steps = [
      [100, connected],
      [5_000, state("disconnected")],
      [6_900, connected],
    ] as const;
    expect(run(steps, 60_000)).toMatchObject({ acts: [], mode: "up" });
  });

  it("restarts ICE after two seconds, and is well again", () => {
    const steps = [
      [100, connected],
      [5_000, state("disconnected")],
      [7_400, connected],
    ] as const;
    expect(run(steps, 60_000)).toMatchObject({ acts: [[7_000, "restart_ice"]], mode: "up" });
  });

  it("restarts at once when it failed, was silent, or the network changed in a gap", () => {
    expect(
      run(
        [
          [100, connected],
          [5_000, state("failed")],
        ],
        5_000,
      ).acts,
    ).toEqual([[5_000, "restart_ice"]]);
    expect(
      run(
        [
          [100, connected],
          [5_000, { type: "silent" }],
        ],
        5_000,
      ).acts,
    ).toEqual([[5_000, "restart_ice"]]);
    const gap = [
      [100, connected],
      [5_000, state("disconnected")],
      [5_100, { type: "hint" }],
    ] as const;
    expect(run(gap, 5_100).acts).toEqual([[5_100, "restart_ice"]]);
  });

  it("does not restart for a mere hint", () => {
    expect(
      run(
        [
          [100, connected],
          [5_000, { type: "hint" }],
        ],
        60_000,
      ).acts,
    ).toEqual([]);
  });

  it("takes an answer on the data channel for the end of a gap", () => {
    const steps = [
      [100, connected],
      [5_000, { type: "silent" }],
      [5_400, { type: "alive" }],
    ] as const;
    expect(run(steps, 60_000)).toMatchObject({ acts: [[5_000, "restart_ice"]], mode: "up" });
  });
});

describe("a restart that doesn't help", () => {
  it("gives way to a new session after six seconds", () => {
    const { acts } = run(
      [
        [100, connected],
        [5_000, state("failed")],
      ],
      11_000,
    );
    expect(acts).toEqual([
      [5_000, "restart_ice"],
      [11_000, "rebuild"],
    ]);
  });

  it("gives way at once when the node lost the session", () => {
    const steps = [
      [100, connected],
      [5_000, state("failed")],
      [5_050, { type: "restart_failed", gone: true }],
    ] as const;
    expect(run(steps, 5_050).acts.at(-1)).toEqual([5_050, "rebuild"]);
  });

  it("is given its time when the node wasn't reached", () => {
    const steps = [
      [100, connected],
      [5_000, state("failed")],
      [5_050, { type: "restart_failed", gone: false }],
      [9_000, connected],
    ] as const;
    expect(run(steps, 60_000)).toMatchObject({ acts: [[5_000, "restart_ice"]], mode: "up" });
  });
});

describe("a session that doesn't come up", () => {
  const failed: Signal = { type: "open_failed", retryAfterMs: 0 };

  it("is tried again after growing pauses", () => {
    let now = 0;
    let recovery = opening(now);
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      recovery = advance(recovery, failed, now, 1).recovery;
      const at = deadline(recovery) ?? NaN;
      pauses.push(at - now);
      now = at;
      const next = advance(recovery, { type: "tick" }, now, 1);
      expect(next.act).toBe("rebuild");
      recovery = next.recovery;
    }
    expect(pauses).toEqual([400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
  });

  it("waits as long as the node asks for", () => {
    const { recovery } = run([[10, { type: "open_failed", retryAfterMs: 30_000 }]], 10);
    expect(deadline(recovery)).toBe(30_010);
  });

  it("is given up after 15 seconds without a connection", () => {
    expect(run([], 15_000)).toMatchObject({ acts: [], mode: "pausing" });
    expect(run([], 16_000).acts).toEqual([[15_300, "rebuild"]]);
  });

  it("is tried at once when the network comes back", () => {
    const steps = [
      [10, failed],
      [20, { type: "hint" }],
    ] as const;
    expect(run(steps, 20).acts).toEqual([[20, "rebuild"]]);
  });

  it("forgets its failures once it stands", () => {
    const steps = [
      [10, failed],
      [20, { type: "hint" }],
      [500, connected],
    ] as const;
    expect(run(steps, 500).recovery.failures).toBe(0);
  });
});

it("leaves a draining node at the given time, spread over a second", () => {
  const steps = [
    [100, connected],
    [5_000, { type: "draining", afterMs: 2_000 }],
    [8_000, connected],
  ] as const;
  expect(run(steps, 60_000)).toMatchObject({ acts: [[7_500, "move"]], mode: "up" });
});
