import { CalendarDate, Time } from "@internationalized/date";
import { describe, expect, it } from "vitest";

import { endOf, nextQuarter, officeDay, readWallClock, wallClock } from "./warsaw";

const SPRING = new CalendarDate(2027, 3, 28);
const AUTUMN = new CalendarDate(2027, 10, 31);

describe("readWallClock", () => {
  it("is an hour ahead of UTC in winter and two in summer", () => {
    expect(readWallClock(new CalendarDate(2027, 1, 15), new Time(10, 30))).toEqual({
      kind: "once",
      at: "2027-01-15T09:30:00.000Z",
    });
    expect(readWallClock(new CalendarDate(2027, 7, 15), new Time(10, 30))).toEqual({
      kind: "once",
      at: "2027-07-15T08:30:00.000Z",
    });
  });

  it("knows the minutes around the leap in spring, and that the hour between never is", () => {
    expect(readWallClock(SPRING, new Time(1, 59))).toEqual({
      kind: "once",
      at: "2027-03-28T00:59:00.000Z",
    });
    expect(readWallClock(SPRING, new Time(2, 0))).toEqual({ kind: "never" });
    expect(readWallClock(SPRING, new Time(2, 59))).toEqual({ kind: "never" });
    expect(readWallClock(SPRING, new Time(3, 0))).toEqual({
      kind: "once",
      at: "2027-03-28T01:00:00.000Z",
    });
  });

  it("says when an hour comes twice, and takes the first", () => {
    expect(readWallClock(AUTUMN, new Time(2, 30))).toEqual({
      kind: "twice",
      at: "2027-10-31T00:30:00.000Z",
      again: "2027-10-31T01:30:00.000Z",
    });
    expect(readWallClock(AUTUMN, new Time(1, 59)).kind).toBe("once");
    expect(readWallClock(AUTUMN, new Time(3, 0))).toEqual({
      kind: "once",
      at: "2027-10-31T02:00:00.000Z",
    });
  });

  it("gives back what the wall clock showed, all year and on every quarter around a change", () => {
    const quarter = 15 * 60_000;
    const days = (first: number, count: number, step: number) =>
      Array.from({ length: Math.ceil((count * 96) / step) }, (_, n) => first + n * step * quarter);
    const moments = [
      ...days(Date.UTC(2027, 0, 1), 365, 31),
      ...days(Date.UTC(2027, 2, 27), 3, 1),
      ...days(Date.UTC(2027, 9, 30), 3, 1),
    ];
    for (const moment of moments) {
      const at = new Date(moment).toISOString();
      const { date, time } = wallClock(at);
      const reading = readWallClock(date, time);
      if (reading.kind === "never") throw new Error(`${at} is read as an hour that never is`);
      const candidates = reading.kind === "twice" ? [reading.at, reading.again] : [reading.at];
      expect(candidates).toContain(at);
    }
  });
});

describe("officeDay", () => {
  it("turns at midnight in Warsaw, not in UTC", () => {
    expect(officeDay("2027-01-14T22:59:59.999Z")).toBe("2027-01-14");
    expect(officeDay("2027-01-14T23:00:00.000Z")).toBe("2027-01-15");
    expect(officeDay("2027-07-14T21:59:00.000Z")).toBe("2027-07-14");
    expect(officeDay(Date.parse("2027-07-14T22:00:00.000Z"))).toBe("2027-07-15");
  });
});

describe("nextQuarter", () => {
  it("leaves at least ten minutes", () => {
    const { date, time } = nextQuarter(Date.parse("2027-01-15T09:06:00Z"));
    expect(date.toString()).toBe("2027-01-15");
    expect(time.toString()).toBe("10:30:00");
    expect(nextQuarter(Date.parse("2027-01-15T09:05:00Z")).time.toString()).toBe("10:15:00");
  });

  it("rolls over midnight and over the leap in spring", () => {
    expect(nextQuarter(Date.parse("2027-01-15T22:50:01Z")).date.toString()).toBe("2027-01-16");
    expect(nextQuarter(Date.parse("2027-03-28T00:55:00Z")).time.toString()).toBe("03:15:00");
  });
});

describe("endOf", () => {
  it("counts real minutes through the change of clocks", () => {
    expect(endOf("2027-03-28T00:30:00.000Z", 60)).toBe("2027-03-28T01:30:00.000Z");
    expect(wallClock(endOf("2027-03-28T00:30:00.000Z", 60)).time.toString()).toBe("03:30:00");
  });
});
