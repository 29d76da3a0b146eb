import { expect, it } from "vitest";
import { announcement } from "./countdown";

it("speaks two minutes and half a minute before the end, and not between", () => {
  expect(announcement(600_000)).toBeNull();
  expect(announcement(120_001)).toBeNull();
  expect(announcement(120_000)).toBe(120_000);
  expect(announcement(31_000)).toBe(120_000);
  expect(announcement(30_000)).toBe(30_000);
  expect(announcement(0)).toBeNull();
});
