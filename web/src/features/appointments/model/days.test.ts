import { describe, expect, it } from "vitest";
import { appointment } from "./appointment.testing";
import { addDays, monday, noon, officeDay, readDay } from "./days";
import { byDay } from "./slots";
import { week } from "./week";

describe("calendar days", () => {
  it("finds the Monday of a week, also over a change of clocks and of the year", () => {
    expect(monday("2026-11-27")).toBe("2026-11-23");
    expect(monday("2027-03-28")).toBe("2027-03-22");
    expect(monday("2027-01-01")).toBe("2026-12-28");
    expect(monday("2026-11-23")).toBe("2026-11-23");
  });

  it("has a noon that lies in its day on both sides of a change of clocks", () => {
    for (const day of ["2027-03-27", "2027-03-28", "2027-10-31", "2027-11-01"]) {
      expect(officeDay(noon(day).getTime())).toBe(day);
    }
  });

  it("takes nothing but a day from an address", () => {
    expect(readDay("2026-12-24", "2026-11-27")).toBe("2026-12-24");
    for (const bad of [null, "", "today", "2026-13-01", "2026-02-30x", "26-1-1"]) {
      expect(readDay(bad, "2026-11-27")).toBe("2026-11-27");
    }
  });
});

describe("a week", () => {
  const from = "2026-12-21";
  const closed = [{ date: "2026-12-24", holiday: "christmas_eve" }, { date: "2026-12-23" }];

  it("leaves out an empty weekend and what was cancelled, and names holidays", () => {
    const days = week(from, [appointment({ state: "cancelled" })], closed);
    expect(days.map((day) => day.date)).toEqual([0, 1, 2, 3, 4].map((n) => addDays(from, n)));
    expect(days.map((day) => [day.closed, day.holiday])).toEqual([
      [false, null],
      [false, null],
      [true, null],
      [true, "christmas_eve"],
      [false, null],
    ]);
  });

  it("goes by the day in Poland, not in UTC", () => {
    // 00:30 on Saturday in Poland.
    const night = appointment({ start: "2026-12-25T23:30:00Z" });
    const days = week(from, [night], []);
    expect(days).toHaveLength(6);
    expect(days[5]?.appointments).toEqual([night]);
  });
});

it("puts slots under the headings of their days", () => {
  const slot = (date: string, minute: number) => ({ date, minute, start: "", end: "", free: 1 });
  const days = byDay([slot("2026-12-01", 480), slot("2026-12-01", 510), slot("2026-12-02", 480)]);
  expect(days.map(({ day, slots }) => [day, slots.length])).toEqual([
    ["2026-12-01", 2],
    ["2026-12-02", 1],
  ]);
});
