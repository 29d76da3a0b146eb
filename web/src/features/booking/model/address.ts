import type { Form } from "./types";

/** What a citizen chose before the time. Stands in the address, so that a step can be shared. */
export interface Choice {
  form: Form;
  /** Only this official. */
  official: string | null;
  people: number;
  interpreter: boolean;
}

const FORMS: readonly Form[] = ["in_person", "video", "phone"];

export function readForm(text: string | null): Form | null {
  return FORMS.find((form) => form === text) ?? null;
}

/** None when the address doesn't say how the appointment is to take place. */
export function readChoice(search: string): Choice | null {
  const params = new URLSearchParams(search);
  const form = readForm(params.get("form"));
  if (!form) return null;
  const people = Number(params.get("people") ?? 1);
  return {
    form,
    official: params.get("official"),
    people: Number.isInteger(people) && people >= 1 ? people : 1,
    interpreter: params.get("interpreter") === "yes",
  };
}

/** Leaves out what is as usual. */
export function writeChoice(choice: Choice): string {
  const params = new URLSearchParams({ form: choice.form });
  if (choice.official) params.set("official", choice.official);
  if (choice.people > 1) params.set("people", String(choice.people));
  if (choice.interpreter) params.set("interpreter", "yes");
  return params.toString();
}

export const START = "/booking";
export const officeAddress = (office: string) => `/booking/${office}`;
export const matterAddress = (office: string, matter: string, choice?: Choice) =>
  `/booking/${office}/${matter}${choice ? `?${writeChoice(choice)}` : ""}`;
export const timesAddress = (office: string, matter: string, choice: Choice) =>
  `/booking/${office}/${matter}/times?${writeChoice(choice)}`;
export const detailsAddress = (office: string, matter: string) =>
  `/booking/${office}/${matter}/details`;
export const codeAddress = (office: string, matter: string) => `/booking/${office}/${matter}/code`;
export const joinWaitingAddress = (office: string, matter: string, choice: Choice) =>
  `/booking/${office}/${matter}/waiting?${writeChoice(choice)}`;
export const waitingAddress = (secret: string) => `/booking/waiting#${secret}`;
export const appointmentAddress = (secret: string, view?: "move" | "cancel") =>
  `/booking/appointment${view ? `?do=${view}` : ""}#${secret}`;
