import { expect, it } from "vitest";
import { clock } from "./clock";

it("writes spans of time as a clock does", () => {
  expect(clock(0)).toBe("0:00");
  expect(clock(-5)).toBe("0:00");
  expect(clock(1)).toBe("0:01");
  expect(clock(65_000)).toBe("1:05");
  expect(clock(3_723_000)).toBe("1:02:03");
});
