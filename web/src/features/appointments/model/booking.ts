/** The form of a booking for somebody who calls or stands there. */
import type { BookForCaller, Form, Language, MatterDetails, MatterId, Question } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";
import { looksLikeEmail } from "@/forms/email";

export interface BookingForm {
  matter: MatterId;
  form: Form | null;
  official: string;
  start: string | null;
  name: string;
  phone: string;
  email: string;
  language: Language;
  onBehalfOf: string;
  people: number;
  interpreter: boolean;
  accessibility: string;
  /** By the question's key. */
  answers: Readonly<Record<string, string>>;
}

export const EMPTY: BookingForm = {
  matter: "",
  form: null,
  official: "",
  start: null,
  name: "",
  phone: "",
  email: "",
  language: "pl",
  onBehalfOf: "",
  people: 1,
  interpreter: false,
  accessibility: "",
  answers: {},
};

/** Longest texts, in characters (booking's own limits). */
export const NAME_MAX = 200;
export const NEEDS_MAX = 500;

/** What is missing or wrong, in the order of the page. */
export function faults(form: BookingForm, details: MatterDetails | undefined): Fault[] {
  const found: Fault[] = [];
  const refuse = (field: string, reason: string) => found.push({ field, reason });
  if (!details) refuse("matter", "missing");
  if (details && form.form === null) refuse("form", "missing");
  if (details && form.form !== null && form.start === null) refuse("start", "missing");
  const name = [...form.name.trim()].length;
  if (name === 0) refuse("name", "missing");
  if (name > NAME_MAX) refuse("name", "too_long");
  // The official calls; the link into the room goes by mail.
  if (form.form === "phone" && form.phone.trim() === "") refuse("phone", "missing");
  if (form.email.trim() === "") {
    if (form.form === "video") refuse("email", "missing");
  } else if (!looksLikeEmail(form.email)) refuse("email", "malformed");
  if ([...form.accessibility.trim()].length > NEEDS_MAX) refuse("accessibility", "too_long");
  for (const question of details?.questions ?? []) {
    if (question.required && !(form.answers[question.key] ?? "").trim()) {
      refuse(`answers.${question.key}`, "missing");
    }
  }
  return found;
}

export function toBooking(form: BookingForm, questions: readonly Question[]): BookForCaller {
  const onBehalfOf = form.onBehalfOf.trim();
  return {
    matter: form.matter,
    form: form.form ?? "in_person",
    start: form.start ?? "",
    official: form.official || null,
    name: form.name.trim(),
    phone: form.phone.trim(),
    email: form.email.trim(),
    language: form.language,
    on_behalf_of: onBehalfOf || null,
    people: form.people,
    interpreter: form.interpreter,
    accessibility: form.accessibility.trim(),
    answers: questions
      .map(({ key }) => ({ key, value: (form.answers[key] ?? "").trim() }))
      .filter(({ value }) => value !== ""),
  };
}
