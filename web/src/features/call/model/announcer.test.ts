import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createAnnouncer } from "./announcer";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says the first at once and the next after a pause", () => {
  const said: string[] = [];
  const announcer = createAnnouncer((text) => said.push(text));
  announcer.say("a");
  announcer.say("b");
  expect(said).toEqual(["a"]);
  vi.advanceTimersByTime(1200);
  expect(said).toEqual(["a", "b"]);
});

it("says only the newest of a topic, and drops the oldest of a crowd", () => {
  const said: string[] = [];
  const announcer = createAnnouncer((text) => said.push(text));
  announcer.say("now");
  announcer.say("anna speaks", "speaker");
  announcer.say("jan speaks", "speaker");
  for (let n = 0; n < 6; n += 1) announcer.say(`p${n}`);
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(["now", "p2", "p3", "p4", "p5"]);
  announcer.say("x");
  announcer.say("anna speaks", "speaker");
  announcer.say("jan speaks", "speaker");
  vi.advanceTimersByTime(60_000);
  expect(said.slice(5)).toEqual(["x", "jan speaks"]);
});

it("is silent once stopped", () => {
  const said: string[] = [];
  const announcer = createAnnouncer((text) => said.push(text));
  announcer.say("a");
  announcer.say("b");
  announcer.stop();
  vi.advanceTimersByTime(60_000);
  expect(said).toEqual(["a"]);
});
