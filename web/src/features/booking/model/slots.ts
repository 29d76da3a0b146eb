import type { Slot } from "./types";

export interface Day {
  /** `2026-11-30` */
  date: string;
  slots: Slot[];
}

/** Slots in order, by the day in Warsaw on which they begin. */
export function byDay(slots: readonly Slot[]): Day[] {
  const days: Day[] = [];
  for (const slot of slots) {
    const last = days.at(-1);
    if (last?.date === slot.date) last.slots.push(slot);
    else days.push({ date: slot.date, slots: [slot] });
  }
  return days;
}

/** A moment within a day, for writing its date: noon is the same date in Warsaw all year. */
export function noon(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}
