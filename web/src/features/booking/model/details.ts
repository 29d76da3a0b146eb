import type { Fault } from "@/forms/useRefusal";
import type { Details } from "./draft";
import type { Form, PublicMatter } from "./types";

/** What keeps the details from being sent, in the order of the form. */
export function missing(
  details: Details,
  form: Form,
  matter: Pick<PublicMatter, "id" | "questions">,
  looksLikeEmail: (text: string) => boolean,
): Fault[] {
  const faults: Fault[] = [];
  const need = (field: string, value: string) => {
    if (value.trim() === "") faults.push({ field, reason: "missing" });
  };
  need("name", details.name);
  if (details.email.trim() === "") need("email", "");
  else if (!looksLikeEmail(details.email)) faults.push({ field: "email", reason: "malformed" });
  if (form === "phone") need("phone", details.phone);
  const answers = details.answersTo === matter.id ? details.answers : {};
  for (const question of matter.questions) {
    if (question.required) need(`answers.${question.key}`, answers[question.key] ?? "");
  }
  if (details.forSomebody) need("on_behalf_of", details.onBehalfOf);
  return faults;
}
