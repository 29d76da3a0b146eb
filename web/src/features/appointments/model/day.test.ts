import { describe, expect, it } from "vitest";
import { appointment } from "./appointment.testing";
import { arrivals, isOver, mainStep, otherSteps, sorted, waitsSince } from "./day";

const BEFORE = Date.parse("2026-11-27T08:59:59Z");
const AFTER = Date.parse("2026-11-27T09:00:00Z");

describe("the next step", () => {
  it("leads somebody at the office from arrival over the call to the end", () => {
    const steps = [
      appointment(),
      appointment({ state: "arrived" }),
      appointment({ state: "arrived", called_at: "2026-11-27T09:01:00Z" }),
      appointment({ state: "in_progress" }),
      appointment({ state: "done" }),
    ].map(mainStep);
    expect(steps).toEqual(["arrive", "call", "start", "done", null]);
  });

  it("begins a meeting by phone or video at once", () => {
    expect(mainStep(appointment({ form: "video" }))).toBe("start");
    expect(mainStep(appointment({ form: "phone" }))).toBe("start");
    expect(mainStep(appointment({ form: "video", state: "arrived" }))).toBe("start");
  });

  it("says that nobody came only once the time has come", () => {
    expect(otherSteps(appointment(), BEFORE)).toEqual(["start"]);
    expect(otherSteps(appointment(), AFTER)).toEqual(["start", "no-show"]);
    expect(otherSteps(appointment({ state: "in_progress" }), AFTER)).toEqual([]);
  });

  it("never offers the main step twice, and nothing at all once it is over", () => {
    for (const state of ["confirmed", "arrived", "in_progress", "done", "no_show", "cancelled"]) {
      for (const form of ["in_person", "phone", "video"]) {
        for (const called_at of [undefined, "2026-11-27T09:01:00Z"]) {
          const one = appointment({ state, form, called_at } as never);
          expect(otherSteps(one, AFTER)).not.toContain(mainStep(one));
          if (isOver(one)) expect(otherSteps(one, AFTER)).toEqual([]);
        }
      }
    }
  });
});

describe("the order of a day", () => {
  const list = [
    appointment({ id: "later", start: "2026-11-27T11:00:00Z" }),
    appointment({ id: "done", state: "done" }),
    appointment({ id: "video", form: "video", waiting_now: 1, start: "2026-11-27T10:00:00Z" }),
    appointment({ id: "here", state: "arrived", start: "2026-11-27T09:30:00Z" }),
    appointment({ id: "now", state: "in_progress" }),
    appointment({ id: "soon", start: "2026-11-27T10:30:00Z" }),
  ];

  it("puts everybody under one heading, by time", () => {
    const { current, here, coming, over } = sorted(list);
    const ids = [current, here, coming, over].map((part) => part.map((one) => one.id));
    expect(ids).toEqual([["now"], ["here", "video"], ["soon", "later"], ["done"]]);
  });

  it("counts a wait from the planned time, or from a late arrival", () => {
    const early = appointment({ arrived_at: "2026-11-27T08:40:00Z" });
    const late = appointment({ arrived_at: "2026-11-27T09:05:00Z" });
    expect(waitsSince(early)).toBe(early.start);
    expect(waitsSince(late)).toBe(late.arrived_at);
  });

  it("tells who came since the last look, once", () => {
    const after = list.map((one) =>
      one.id === "soon" ? { ...one, state: "arrived" as const } : one,
    );
    expect(arrivals(list, after).map((one) => one.id)).toEqual(["soon"]);
    expect(arrivals(after, after)).toEqual([]);
  });
});
