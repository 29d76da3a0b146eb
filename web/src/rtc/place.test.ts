import { expect, it, vi } from "vitest";

import { GrantRefused } from "./call-types";
import { Place } from "./place";
import type { JoinGrant } from "./wire";

const NOW = Date.parse("2026-11-23T10:00:00Z");
const never = new AbortController().signal;

function grant(token: string): JoinGrant {
  return { room: "r", participant: "p", token, expires_at: "2026-11-23T10:10:00Z" };
}

it("asks once and keeps the token while it lives", async () => {
  const ask = vi.fn(async () => grant("a"));
  const onToken = vi.fn();
  const place = new Place({ grant: ask, resume: undefined, onToken });
  expect(await place.token(NOW, never)).toEqual({ kind: "token", token: "a" });
  expect(await place.token(NOW + 60_000, never)).toEqual({ kind: "token", token: "a" });
  expect(ask).toHaveBeenCalledTimes(1);
  expect(ask).toHaveBeenCalledWith(undefined, expect.any(AbortSignal));
  expect(onToken).toHaveBeenCalledWith("a");
});

it("takes the place of before a reload", async () => {
  const ask = vi.fn(async () => grant("b"));
  const place = new Place({ grant: ask, resume: "old", onToken: undefined });
  await place.token(NOW, never);
  expect(ask).toHaveBeenCalledWith("old", expect.any(AbortSignal));
});

it("uses the newest token, and asks with it when it is too old or doubted", async () => {
  const ask = vi.fn(async () => grant("c"));
  const place = new Place({ grant: ask, resume: undefined, onToken: undefined });
  place.renewed("b", "2026-11-23T10:04:00Z");
  expect(await place.token(NOW, never)).toEqual({ kind: "token", token: "b" });
  await place.token(NOW + 4 * 60_000, never);
  expect(ask).toHaveBeenLastCalledWith("b", expect.any(AbortSignal));
  place.doubt();
  await place.token(NOW, never);
  expect(ask).toHaveBeenLastCalledWith("c", expect.any(AbortSignal));
});

it.each(["room_ended", "removed", "link_invalid", "unauthenticated", "not_found"] as const)(
  "%s is final",
  async (code) => {
    const ask = () => Promise.reject(new GrantRefused(code));
    const place = new Place({ grant: ask, resume: undefined, onToken: undefined });
    expect(await place.token(NOW, never)).toEqual({ kind: "refused", code });
  },
);

it("comes back later when told so, or without an answer", async () => {
  const answers = [
    new GrantRefused("rate_limited", 7),
    new GrantRefused("busy", 1),
    new TypeError("Failed to fetch"),
  ];
  const ask = () => Promise.reject(answers.shift());
  const place = new Place({ grant: ask, resume: undefined, onToken: undefined });
  expect(await place.token(NOW, never)).toEqual({ kind: "later", afterMs: 7_000 });
  expect(await place.token(NOW, never)).toEqual({ kind: "later", afterMs: 1_000 });
  expect(await place.token(NOW, never)).toEqual({ kind: "later", afterMs: 0 });
});

it("doesn't wait for ever for an answer", async () => {
  vi.useFakeTimers();
  const ask = vi.fn((_resume: string | undefined, _signal: AbortSignal) => {
    return new Promise<JoinGrant>(() => undefined);
  });
  const place = new Place({ grant: ask, resume: undefined, onToken: undefined });
  const outcome = place.token(NOW, never);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await outcome).toEqual({ kind: "later", afterMs: 0 });
  expect(ask.mock.calls[0]?.[1].aborted).toBe(true);
  vi.useRealTimers();
});
