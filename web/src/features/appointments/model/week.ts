/** Seven days with what stands in them. */
import type { AppointmentSummary, ClosedDay } from "@/api/types";
import { addDays, officeDay } from "./days";

export interface WeekDay {
  date: string;
  closed: boolean;
  /** The wire name of the public holiday, when that is why. */
  holiday: string | null;
  appointments: AppointmentSummary[];
}

/** Weekends are left out when nothing stands in them. */
export function week(
  monday: string,
  appointments: readonly AppointmentSummary[],
  closed: readonly ClosedDay[],
): WeekDay[] {
  return Array.from({ length: 7 }, (_, index) => {
    const date = addDays(monday, index);
    const why = closed.find((one) => one.date === date);
    return {
      date,
      closed: why !== undefined,
      holiday: why?.holiday ?? null,
      appointments: appointments
        .filter((one) => one.state !== "cancelled" && officeDay(one.start) === date)
        .sort((a, b) => Date.parse(a.start) - Date.parse(b.start)),
    };
  }).filter((day, index) => index < 5 || day.appointments.length > 0);
}
