import { expect, it } from "vitest";

import { phaseOf } from "./phase";

const inside = { ended: null, stage: "inside", signalling: "up", media: "up" } as const;

it.each([
  [false, { ...inside, stage: "outside", signalling: "down" }, "idle"],
  [true, { ...inside, stage: "outside", signalling: "connecting" }, "connecting"],
  [true, { ...inside, stage: "waiting", media: "off" }, "waiting"],
  [true, { ...inside, stage: "waiting", signalling: "down" }, "reconnecting"],
  [true, inside, "in_call"],
  [true, { ...inside, media: "connecting" }, "in_call"],
  [true, { ...inside, media: "recovering" }, "reconnecting"],
  [true, { ...inside, signalling: "connecting" }, "reconnecting"],
  [true, { ...inside, ended: { kind: "left" } }, "ended"],
  [false, { ...inside, ended: { kind: "left" } }, "ended"],
] as const)("begun %o, %o: %s", (begun, state, phase) => {
  expect(phaseOf(begun, state)).toBe(phase);
});
