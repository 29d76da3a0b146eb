import { expect, it } from "vitest";
import { format } from "@/i18n";
import { byDay, noon } from "./slots";
import type { Slot } from "./types";

const slot = (date: string, start: string): Slot => ({
  start,
  end: start,
  date,
  minute: 0,
  free: 1,
});

it("keeps slots of one day together, in their order", () => {
  const days = byDay([
    slot("2026-11-30", "2026-11-30T08:00:00Z"),
    slot("2026-11-30", "2026-11-30T08:30:00Z"),
    // Half past midnight in Warsaw: still the day before by UTC.
    slot("2026-12-02", "2026-12-01T23:30:00Z"),
  ]);
  expect(days.map((day) => [day.date, day.slots.length])).toEqual([
    ["2026-11-30", 2],
    ["2026-12-02", 1],
  ]);
});

it("writes the date that the server meant, in summer and in winter", () => {
  expect(format("en").date(noon("2026-07-01"))).toBe("1 July 2026");
  expect(format("en").date(noon("2026-12-31"))).toBe("31 December 2026");
});
