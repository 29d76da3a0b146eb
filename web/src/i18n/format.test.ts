import { expect, it } from "vitest";
import { format } from "./format";

/** Half past eleven in Warsaw, in winter. */
const AT = "2026-11-23T10:30:00.000Z";

it("writes Warsaw's clock, whatever the reader's", () => {
  expect(format("pl").time(AT)).toBe("11:30");
  expect(format("pl").longDate(AT)).toBe("poniedziałek, 23 listopada 2026");
  expect(format("pl").range(AT, 45)).toBe("11:30–12:15");
  expect(format("uk").range("2026-11-23T22:45:00Z", 30)).toBe("23:45–00:15");
  // Clocks go forward on 28 March 2027 at 01:00 UTC.
  expect(format("en").time("2027-03-28T00:59:00Z")).toBe("01:59");
  expect(format("en").time("2027-03-28T01:00:00Z")).toBe("03:00");
});

it("says how far away a moment is in the unit that fits", () => {
  const now = Date.parse(AT);
  const { relative } = format("en");
  expect(relative(now + 30_000, now)).toBe("in 30 seconds");
  expect(relative(now + 5 * 60_000, now)).toBe("in 5 minutes");
  expect(relative(now - 3 * 3_600_000, now)).toBe("3 hours ago");
  expect(relative(now + 26 * 3_600_000, now)).toBe("tomorrow");
});
