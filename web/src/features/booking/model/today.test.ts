import { expect, it } from "vitest";
import { inDays, today } from "./today";

it("tells the date by the clock on Warsaw's wall", () => {
  expect(today(Date.parse("2026-11-27T22:59:00Z"))).toBe("2026-11-27");
  expect(today(Date.parse("2026-11-27T23:00:00Z"))).toBe("2026-11-28");
  expect(today(Date.parse("2026-07-01T22:00:00Z"))).toBe("2026-07-02");
});

it("counts days over both clock changes", () => {
  expect(inDays("2026-10-24", 2)).toBe("2026-10-26");
  expect(inDays("2027-03-27", 2)).toBe("2027-03-29");
  expect(inDays("2026-12-31", 1)).toBe("2027-01-01");
});
