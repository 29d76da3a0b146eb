import type { AppointmentState, CitizenAppointment } from "./types";

/** How long before the start the page leads to the call rather than to a test of the devices. */
export const JOIN_EARLY_MS = 15 * 60_000;

/** Whether it still lies ahead or is going on. */
export function isOpen(state: AppointmentState): boolean {
  return state === "confirmed" || state === "arrived" || state === "in_progress";
}

export type JoinPhase = "early" | "now" | "over";

/** Where the call of a video appointment stands. */
export function joinPhase(
  appointment: Pick<CitizenAppointment, "start" | "end" | "state">,
  now: number,
): JoinPhase {
  if (!isOpen(appointment.state)) return "over";
  if (appointment.state === "in_progress") return "now";
  // A call that runs late is still one.
  if (now > Date.parse(appointment.end) + 60 * 60_000) return "over";
  return now >= Date.parse(appointment.start) - JOIN_EARLY_MS ? "now" : "early";
}

export function minutesOf({ start, end }: { start: string; end: string }): number {
  return (Date.parse(end) - Date.parse(start)) / 60_000;
}
