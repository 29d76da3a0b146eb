import { describe, expect, it } from "vitest";
import type { Figures, Statistics } from "@/api/types";
import {
  axisTop,
  byDate,
  byMatter,
  byOfficial,
  meanWait,
  NONE,
  noShowShare,
  total,
} from "./statistics";

const figures = (change: Partial<Figures>): Figures => ({ ...NONE, ...change });
const statistics: Statistics = {
  rows: [
    {
      date: "2026-11-02",
      matter: "a",
      official: "x",
      figures: figures({
        booked: 3,
        done: 2,
        no_show: 1,
        planned_minutes: 60,
        waits: 2,
        wait_seconds: 600,
        wait_max_seconds: 500,
      }),
    },
    {
      date: "2026-11-04",
      matter: "b",
      official: "x",
      figures: figures({
        booked: 5,
        done: 5,
        planned_minutes: 60,
        waits: 5,
        wait_seconds: 60,
        wait_max_seconds: 30,
      }),
    },
    {
      date: "2026-11-04",
      matter: "a",
      official: "y",
      figures: figures({ booked: 1, cancelled: 1 }),
    },
  ],
  matters: ["a", "b", "c"].map((id) => ({ id, name: { pl: id } })),
  officials: [
    { id: "x", name: "X", open_minutes: 480 },
    { id: "y", name: "Y", open_minutes: 0 },
    { id: "z", name: "Z", open_minutes: 0 },
  ],
};

describe("figures", () => {
  it("add up, but keep the longest wait", () => {
    const sum = total(statistics.rows);
    expect(sum).toMatchObject({
      booked: 9,
      done: 7,
      no_show: 1,
      cancelled: 1,
      wait_max_seconds: 500,
    });
    expect(meanWait(sum)).toBeCloseTo(660 / 7 / 60);
    expect(noShowShare(sum)).toBe(1 / 8);
  });

  it("say nothing where there is nothing to divide by", () => {
    expect(meanWait(NONE)).toBeNull();
    expect(noShowShare(figures({ booked: 4, cancelled: 4 }))).toBeNull();
  });

  it("have every day of the range, also empty ones", () => {
    const days = byDate(statistics.rows, "2026-11-01", "2026-11-05");
    expect(days.map((day) => day.figures.booked)).toEqual([0, 3, 0, 6, 0]);
  });

  it("list matters with the most booked first and leave out the rest", () => {
    expect(byMatter(statistics).map((one) => [one.id, one.figures.booked])).toEqual([
      ["b", 5],
      ["a", 4],
    ]);
  });

  it("give the load of those with hours, and list nobody who had neither", () => {
    expect(byOfficial(statistics).map((one) => [one.id, one.load])).toEqual([
      ["x", 0.25],
      ["y", null],
    ]);
  });
});

it("ends an axis at a round number that is no smaller", () => {
  for (const value of [0, 1, 4, 5, 9, 11, 37, 99, 101, 250, 999]) {
    expect(axisTop(value)).toBeGreaterThanOrEqual(value);
  }
  expect([3, 7, 23, 130].map(axisTop)).toEqual([4, 8, 40, 200]);
  // Nobody has a quarter of an appointment.
  for (let value = 0; value < 200; value += 1) expect(axisTop(value) % 4).toBe(0);
});
