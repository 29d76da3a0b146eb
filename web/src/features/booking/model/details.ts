import type { Fault } from "@/forms/useRefusal";
import type { Details } from "./draft";
import type { Form, PublicMatter } from "./types";

/** What keeps the details from being sent, in the order of the form. */
export function missing(
  details: Details,
  hold: { form: Form; offered: boolean },
  matter: Pick<PublicMatter, "id" | "questions">,
  looksLikeEmail: (text: string) => boolean,
): Fault[] {
  const faults: Fault[] = [];
  const need = (field: string, value: string) => {
    if (value.trim() === "") faults.push({ field, reason: "missing" });
  };
  need("name", details.name);
  // Who waited has shown already that the address is theirs.
  if (!hold.offered) {
    need("email", details.email);
    if (details.email.trim() !== "" && !looksLikeEmail(details.email)) {
      faults.push({ field: "email", reason: "malformed" });
    }
  }
  if (hold.form === "phone") need("phone", details.phone);
  const answers = details.answersTo === matter.id ? details.answers : {};
  for (const question of matter.questions) {
    if (question.required) need(`answers.${question.key}`, answers[question.key] ?? "");
  }
  if (details.forSomebody) need("on_behalf_of", details.onBehalfOf);
  return faults;
}
