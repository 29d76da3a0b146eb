import { describe, expect, it } from "vitest";

import { Heartbeat } from "./heartbeat";

const SETTINGS = { everyMs: 2_000, patienceMs: 4_000 };

describe("heartbeat", () => {
  it("pings, measures the way and goes on", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    expect(heart.tick(1_999)).toBeNull();
    expect(heart.tick(2_000)).toEqual({ ping: 1 });
    expect(heart.pong(1, 2_045)).toBe(45);
    expect(heart.tick(4_000)).toEqual({ ping: 2 });
  });

  it("notices a dead connection six seconds after its last word", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    heart.tick(2_000);
    expect(heart.tick(4_000)).toEqual({ ping: 2 });
    expect(heart.tick(5_999)).toBeNull();
    expect(heart.nextMs).toBe(6_000);
    expect(heart.tick(6_000)).toBe("dead");
  });

  it("takes any message for a sign of life", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    heart.tick(2_000);
    heart.alive();
    expect(heart.tick(6_500)).toEqual({ ping: 2 });
  });

  it("does not mistake a slowed timer for silence", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    heart.tick(2_000);
    heart.pong(1, 2_050);
    // The browser let this tab sleep for a minute.
    expect(heart.tick(62_000)).toEqual({ ping: 2 });
  });

  it("is less patient in doubt, once", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    expect(heart.doubt(500, 1_500)).toBe(1);
    expect(heart.tick(2_000)).toBe("dead");

    const calm = new Heartbeat(SETTINGS, 0);
    calm.doubt(500, 1_500);
    calm.pong(1, 600);
    expect(calm.tick(2_500)).toEqual({ ping: 2 });
    expect(calm.tick(4_400)).toBeNull();
  });

  it("changes its pace at once", () => {
    const heart = new Heartbeat(SETTINGS, 0);
    heart.pace(5_000);
    expect(heart.nextMs).toBe(5_000);
    expect(heart.tick(3_000)).toBeNull();
    heart.pace();
    expect(heart.nextMs).toBe(2_000);
    expect(heart.tick(3_000)).toEqual({ ping: 1 });
    heart.pace(5_000);
    expect(heart.tick(7_000)).toBe("dead");
  });

  it("knows nothing of a pong that nobody asked for", () => {
    expect(new Heartbeat(SETTINGS, 0).pong(7, 10)).toBeNull();
  });
});
