import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { MediaGrants } from "./media-grants";
import type { MediaGrant } from "./wire";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-23T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const grant = (token: string): MediaGrant => ({
  url: "/media/v1",
  token,
  expires_at: new Date(Date.now() + 300_000).toISOString(),
  publish: { microphone: true, camera: true, screen: true, screen_audio: true },
  video_slots: 9,
});

it("asks over the socket and hands the answer to all who wait", async () => {
  const ask = vi.fn(() => true);
  const grants = new MediaGrants(ask);
  const both = Promise.all([grants.fresh(), grants.fresh()]);
  grants.received(grant("a"));
  expect((await both).map(({ token }) => token)).toEqual(["a", "a"]);
  grants.stop();
});

it("makes do with the kept one while the socket is down, as long as it lives", async () => {
  const grants = new MediaGrants(() => false);
  await expect(grants.fresh()).rejects.toThrow();
  grants.received(grant("a"));
  await expect(grants.fresh()).resolves.toMatchObject({ token: "a" });
  vi.advanceTimersByTime(296_000);
  await expect(grants.fresh()).rejects.toThrow();
  grants.stop();
});

it("doesn't wait for ever", async () => {
  const grants = new MediaGrants(() => true);
  const answer = expect(grants.fresh()).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(4_100);
  await answer;
});

it("renews before the end, until stopped", () => {
  const ask = vi.fn(() => true);
  const grants = new MediaGrants(ask);
  grants.received(grant("a"));
  vi.advanceTimersByTime(241_000);
  expect(ask).toHaveBeenCalledTimes(1);
  grants.stop();
  vi.advanceTimersByTime(900_000);
  expect(ask).toHaveBeenCalledTimes(1);
});
