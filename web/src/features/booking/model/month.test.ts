import { expect, it } from "vitest";
import { addMonths, readMonth, weeks } from "./month";

const days = (month: string, count: number) =>
  Array.from({ length: count }, (_, day) => ({
    date: `${month}-${String(day + 1).padStart(2, "0")}`,
    free: 0,
    holiday: null,
  }));

it("lays a month out from Monday", () => {
  // 1 December 2026 is a Tuesday.
  const december = weeks(days("2026-12", 31));
  expect(december).toHaveLength(5);
  expect(december[0]?.map((day) => day?.date.slice(-2) ?? null)).toEqual([
    null,
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
  ]);
  expect(december.flat()).toHaveLength(35);
  // 1 November 2026 is a Sunday: a whole row for one day.
  expect(weeks(days("2026-11", 30))[0]?.filter(Boolean)).toHaveLength(1);
});

it("counts months over the end of a year", () => {
  expect(addMonths("2026-12", 1)).toBe("2027-01");
  expect(addMonths("2027-01", -1)).toBe("2026-12");
  expect(readMonth("2026-13")).toBeNull();
  expect(readMonth("2026-1")).toBeNull();
});
