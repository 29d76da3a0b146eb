/** What an official can do with an appointment, and what changed between two looks at a day. */
import type { AppointmentSummary } from "@/api/types";
import type { Step } from "../api/appointments";

/** The one thing that usually comes next; none once it is over. */
export function mainStep(appointment: AppointmentSummary): Step | null {
  const { state, form, called_at } = appointment;
  switch (state) {
    case "confirmed":
      return form === "in_person" ? "arrive" : "start";
    case "arrived":
      return form === "in_person" && !called_at ? "call" : "start";
    case "in_progress":
      return "done";
    default:
      return null;
  }
}

/** Everything else that is allowed now. */
export function otherSteps(appointment: AppointmentSummary, now: number): Step[] {
  const { state, form } = appointment;
  const steps: Step[] = [];
  if (state === "confirmed" && form !== "in_person") steps.push("arrive");
  if (state === "confirmed" && form === "in_person") steps.push("start");
  if (state === "arrived" && form === "in_person") {
    // Called already: the main step is to begin, and the code can be called again.
    steps.push(appointment.called_at ? "call" : "start");
  }
  if (state === "confirmed" || state === "arrived") {
    if (now >= Date.parse(appointment.start)) steps.push("no-show");
  }
  return steps;
}

export function isOver(appointment: AppointmentSummary): boolean {
  return mainStep(appointment) === null;
}

/** Moving and handing over end when the citizen is there. */
export function isMovable({ state }: AppointmentSummary): boolean {
  return state === "confirmed";
}

export function isHere({ state, waiting_now }: AppointmentSummary): boolean {
  return state === "arrived" || (state === "confirmed" && waiting_now > 0);
}

/** Since when somebody who is here has waited: from the planned time, or the arrival if later. */
export function waitsSince({ start, arrived_at }: AppointmentSummary): string {
  return arrived_at && Date.parse(arrived_at) > Date.parse(start) ? arrived_at : start;
}

export interface Sorted {
  /** Being met now. */
  current: AppointmentSummary[];
  /** Here and waiting, longest first. */
  here: AppointmentSummary[];
  /** Still to come, in order. */
  coming: AppointmentSummary[];
  over: AppointmentSummary[];
}

export function sorted(appointments: readonly AppointmentSummary[]): Sorted {
  const result: Sorted = { current: [], here: [], coming: [], over: [] };
  for (const one of [...appointments].sort(byStart)) {
    if (one.state === "in_progress") result.current.push(one);
    else if (isOver(one)) result.over.push(one);
    else if (isHere(one)) result.here.push(one);
    else result.coming.push(one);
  }
  return result;
}

/** Those who are here now and were not at the look before; for a screen reader. */
export function arrivals(
  before: readonly AppointmentSummary[],
  after: readonly AppointmentSummary[],
): AppointmentSummary[] {
  const known = new Map(before.map((one) => [one.id, one]));
  return after.filter((one) => {
    const then = known.get(one.id);
    return isHere(one) && (then === undefined || !isHere(then));
  });
}

function byStart(a: AppointmentSummary, b: AppointmentSummary): number {
  return Date.parse(a.start) - Date.parse(b.start) || a.id.localeCompare(b.id);
}
