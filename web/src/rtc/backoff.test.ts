import { expect, it } from "vitest";

import { pauseMs } from "./backoff";

const BACKOFF = { firstMs: 100, mostMs: 1_000 };

it("doubles up to the cap", () => {
  const whole = [1, 2, 3, 4, 5, 500].map((failures) => pauseMs(BACKOFF, failures, 1));
  expect(whole).toEqual([100, 200, 400, 800, 1_000, 1_000]);
});

it("spreads over the upper half", () => {
  expect(pauseMs(BACKOFF, 2, 0)).toBe(100);
  expect(pauseMs(BACKOFF, 2, 0.5)).toBe(150);
});
