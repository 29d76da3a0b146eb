import { describe, expect, it } from "vitest";

import { HISTORY_LENGTH, push, sparkline } from "./history";

describe("push", () => {
  it("keeps the newest readings only", () => {
    let history: number[] = [];
    for (let i = 0; i < HISTORY_LENGTH + 5; i += 1) history = push(history, i);
    expect(history).toHaveLength(HISTORY_LENGTH);
    expect(history[0]).toBe(5);
    expect(history.at(-1)).toBe(HISTORY_LENGTH + 4);
  });

  it("takes a reading that is no number as nothing", () => {
    expect(push([1], Number.NaN)).toEqual([1, 0]);
  });
});

describe("sparkline", () => {
  it("puts the newest at the right edge and the highest at the top", () => {
    const points = sparkline([0, 5, 10], 118, 20).split(" ");
    expect(points).toEqual(["114,20", "116,10", "118,0"]);
  });

  it("draws silence as a line at the bottom", () => {
    expect(sparkline([0, 0], 59, 10)).toBe("58,10 59,10");
    expect(sparkline([], 59, 10)).toBe("");
  });
});
