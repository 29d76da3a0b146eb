/** Calendar days of the office, as `2026-11-27`. */
import { parseDate } from "@internationalized/date";

import { officeDay } from "@/features/rooms/model/warsaw";

export { officeDay };

export function addDays(day: string, days: number): string {
  return parseDate(day).add({ days }).toString();
}

/** The Monday of a day's week. */
export function monday(day: string): string {
  return addDays(day, -((weekdayOf(day) + 6) % 7));
}

/** 0 is Sunday. */
export function weekdayOf(day: string): number {
  const { year, month, day: date } = parseDate(day);
  return new Date(Date.UTC(year, month - 1, date)).getUTCDay();
}

/** Noon of the day in Poland: an instant of that day whatever the clocks do, for formatting. */
export function noon(day: string): Date {
  return new Date(`${day}T11:00:00Z`);
}

/** A day from an address; what isn't one becomes `otherwise`. */
export function readDay(text: string | null, otherwise: string): string {
  if (text === null || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return otherwise;
  try {
    return parseDate(text).toString();
  } catch {
    return otherwise;
  }
}
