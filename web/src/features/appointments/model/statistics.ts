/** Figures of an office, added up in the ways that its pages show. */
import type { Figures, Statistics, StatisticsRow } from "@/api/types";
import { addDays } from "./days";

export const NONE: Figures = {
  booked: 0,
  done: 0,
  no_show: 0,
  cancelled: 0,
  planned_minutes: 0,
  met_minutes: 0,
  waits: 0,
  wait_seconds: 0,
  wait_max_seconds: 0,
};

export function add(a: Figures, b: Figures): Figures {
  return {
    booked: a.booked + b.booked,
    done: a.done + b.done,
    no_show: a.no_show + b.no_show,
    cancelled: a.cancelled + b.cancelled,
    planned_minutes: a.planned_minutes + b.planned_minutes,
    met_minutes: a.met_minutes + b.met_minutes,
    waits: a.waits + b.waits,
    wait_seconds: a.wait_seconds + b.wait_seconds,
    wait_max_seconds: Math.max(a.wait_max_seconds, b.wait_max_seconds),
  };
}

export function total(rows: readonly StatisticsRow[]): Figures {
  return rows.reduce((sum, row) => add(sum, row.figures), NONE);
}

/** Of those who were expected: cancelled ones were not. None when nobody was. */
export function noShowShare(figures: Figures): number | null {
  const expected = figures.done + figures.no_show;
  return expected === 0 ? null : figures.no_show / expected;
}

/** In minutes; none when nobody waited. */
export function meanWait(figures: Figures): number | null {
  return figures.waits === 0 ? null : figures.wait_seconds / figures.waits / 60;
}

/** Every day of the range, also those with nothing. */
export function byDate(
  rows: readonly StatisticsRow[],
  from: string,
  to: string,
): { date: string; figures: Figures }[] {
  const sums = groups(rows, (row) => row.date);
  const days = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    days.push({ date, figures: sums.get(date) ?? NONE });
  }
  return days;
}

/** Matters with figures, most booked first. */
export function byMatter({ rows, matters }: Statistics) {
  const sums = groups(rows, (row) => row.matter);
  return matters
    .map(({ id, name }) => ({ id, name, figures: sums.get(id) ?? NONE }))
    .filter(({ figures }) => figures.booked > 0)
    .sort((a, b) => b.figures.booked - a.figures.booked);
}

/** Officials who had hours or appointments, by name. `load` is the planned part of their open time. */
export function byOfficial({ rows, officials }: Statistics) {
  const sums = groups(rows, (row) => row.official);
  return officials
    .map(({ id, name, open_minutes }) => {
      const figures = sums.get(id) ?? NONE;
      const load = open_minutes === 0 ? null : figures.planned_minutes / open_minutes;
      return { id, name, open: open_minutes, load, figures };
    })
    .filter(({ open, figures }) => open > 0 || figures.booked > 0);
}

function groups(
  rows: readonly StatisticsRow[],
  key: (row: StatisticsRow) => string,
): Map<string, Figures> {
  const sums = new Map<string, Figures>();
  for (const row of rows) sums.set(key(row), add(sums.get(key(row)) ?? NONE, row.figures));
  return sums;
}

/** A round number at or above `value`, for the top of an axis; at least 4. */
export function axisTop(value: number): number {
  if (value <= 20) return Math.max(4, 4 * Math.ceil(value / 4));
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 8, 10].find((one) => one * power >= value) ?? 10;
  return step * power;
}
