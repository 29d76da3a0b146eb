import { describe, expect, it } from "vitest";

import { figures, judge } from "./connection-quality";

describe("figures", () => {
  it("take the median, so that one straggler doesn't spoil it", () => {
    expect(figures([20, 22, 900, 21, 20])).toMatchObject({ rttMs: 21, loss: 0 });
  });

  it("count what didn't come back", () => {
    expect(figures([10, null, 10, null]).loss).toBe(0.5);
    expect(figures([null, null])).toEqual({ rttMs: null, jitterMs: null, loss: 1 });
    expect(figures([])).toEqual({ rttMs: null, jitterMs: null, loss: 1 });
  });

  it("measure how much neighbours differ", () => {
    expect(figures([10, 30, 10, 30]).jitterMs).toBe(20);
    expect(figures([10]).jitterMs).toBeNull();
  });
});

describe("judgement", () => {
  it.each([
    [{ rttMs: 20, jitterMs: 3, loss: 0 }, [], "good"],
    [{ rttMs: 20, jitterMs: 3, loss: 0.04 }, [], "good"],
    [{ rttMs: 20, jitterMs: 3, loss: 0.08 }, ["lossy"], "usable"],
    [{ rttMs: 200, jitterMs: 3, loss: 0 }, ["slow"], "usable"],
    [{ rttMs: 90, jitterMs: 70, loss: 0 }, ["unsteady"], "usable"],
    [{ rttMs: 500, jitterMs: null, loss: 0 }, ["slow"], "bad"],
    [{ rttMs: 90, jitterMs: 3, loss: 0.2 }, ["lossy"], "bad"],
    [{ rttMs: null, jitterMs: null, loss: 1 }, ["lossy", "slow"], "bad"],
  ] as const)("of %o is %o, %s", (path, problems, verdict) => {
    expect(judge(path)).toEqual({ problems, verdict });
  });
});
