import type { DayCount } from "./types";

/** `2026-12` */
export type Month = string;

export function readMonth(text: string | null): Month | null {
  return text && /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? text : null;
}

export function monthOf(date: string): Month {
  return date.slice(0, 7);
}

export function addMonths(month: Month, count: number): Month {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7);
}

/** Weeks from Monday to Sunday; null for days of the neighbouring months. */
export function weeks(days: readonly DayCount[]): (DayCount | null)[][] {
  const first = days[0];
  if (!first) return [];
  // Sunday is 0 for JavaScript and last for everyone in Poland.
  const lead = (new Date(`${first.date}T12:00:00Z`).getUTCDay() + 6) % 7;
  const cells: (DayCount | null)[] = [...Array<null>(lead).fill(null), ...days];
  while (cells.length % 7 > 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}
