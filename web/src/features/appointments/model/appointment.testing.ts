import type { AppointmentSummary } from "@/api/types";

/** An appointment for tests: confirmed, at the office, on Friday 27 November 2026 at 10:00 in Poland. */
export function appointment(change: Partial<AppointmentSummary> = {}): AppointmentSummary {
  return {
    id: "a",
    code: "3MWR-RCFH",
    state: "confirmed",
    matter: "m",
    matter_name: { pl: "Dowód osobisty", en: "", uk: "" },
    form: "in_person",
    start: "2026-11-27T09:00:00Z",
    end: "2026-11-27T09:15:00Z",
    official: "o",
    official_name: "Anna Nowak",
    name: "Jan Kowal",
    people: 1,
    interpreter: false,
    accessibility: false,
    waiting_now: 0,
    version: 2,
    ...change,
  };
}
