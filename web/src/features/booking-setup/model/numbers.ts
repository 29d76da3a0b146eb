/** Whole numbers as forms hold them: null while there is none. */
import type { Fault } from "@/forms/useRefusal";

export type Entry = number | null;

export function readEntry(text: string): Entry {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : null;
}

export function numberFaults(
  field: string,
  value: Entry,
  least: number,
  most: number,
  step = 1,
): Fault[] {
  if (value === null) return [{ field, reason: "missing" }];
  if (value < least || value > most) return [{ field, reason: "out_of_range" }];
  return value % step === 0 ? [] : [{ field, reason: "grid" }];
}

export type Unit = "minutes" | "hours" | "days";

export const UNIT_MINUTES: Readonly<Record<Unit, number>> = { minutes: 1, hours: 60, days: 1440 };

/** The largest unit in which a time is a whole number; nothing is written in minutes only when it is 0. */
export function unitOf(minutes: number): Unit {
  if (minutes === 0) return "hours";
  if (minutes % UNIT_MINUTES.days === 0) return "days";
  return minutes % UNIT_MINUTES.hours === 0 ? "hours" : "minutes";
}
