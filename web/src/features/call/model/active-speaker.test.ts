import { expect, it } from "vitest";
import { HOLD_MS, nextSpeaker, NOBODY } from "./active-speaker";

const all = () => true;
const speaks = (...ids: string[]) => ids.map((participant) => ({ participant, level: 20 }));

it("takes the first at once and holds them for a while", () => {
  const a = nextSpeaker(NOBODY, speaks("a"), all, 0);
  expect(a.id).toBe("a");
  expect(nextSpeaker(a, speaks("b", "a"), all, HOLD_MS - 1).id).toBe("a");
  expect(nextSpeaker(a, speaks("b", "a"), all, HOLD_MS).id).toBe("b");
});

it("keeps the last one through silence, and lets go of who left", () => {
  const a = nextSpeaker(NOBODY, speaks("a"), all, 0);
  expect(nextSpeaker(a, [], all, 60_000)).toBe(a);
  expect(nextSpeaker(a, [], (id) => id !== "a", 60_000).id).toBeNull();
  expect(nextSpeaker(a, speaks("b"), (id) => id !== "a", 10).id).toBe("b");
});
