/** Free slots under the headings of their days. */
import type { Slot } from "@/api/types";

export interface SlotDay {
  day: string;
  slots: Slot[];
}

/** Keeps the order; the server gives them by time. */
export function byDay(slots: readonly Slot[]): SlotDay[] {
  const days: SlotDay[] = [];
  for (const slot of slots) {
    const last = days.at(-1);
    if (last?.day === slot.date) last.slots.push(slot);
    else days.push({ day: slot.date, slots: [slot] });
  }
  return days;
}
