import { expect, it } from "vitest";

import { bitrate, duration } from "./units";

it.each([
  [0, 0, "bit"],
  [999, 999, "bit"],
  [1000, 1, "kilobit"],
  [1_250_000, 1.25, "megabit"],
  [2_500_000_000, 2.5, "gigabit"],
])("reads %d bit/s as %d %s", (bits, value, unit) => {
  expect(bitrate(bits)).toEqual({ value, unit });
});

it("cuts a duration into days, hours, minutes and seconds", () => {
  expect(duration(0)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
  expect(duration(90_061.9)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
  expect(duration(-5)).toEqual({ days: 0, hours: 0, minutes: 0, seconds: 0 });
});
