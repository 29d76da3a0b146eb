/** The form of a matter: what it holds, what it refuses, what it sends. */
import type {
  DepartmentId,
  Form,
  Matter,
  MatterDetails,
  PersonId,
  QuestionKind,
} from "@/api/types";
import type { Fault } from "@/forms/useRefusal";
import { NO_TEXT, type Text, textFaults, textOf, trimmed } from "./localized";
import { type Entry, numberFaults } from "./numbers";

/** An entry of a list that can grow; `id` only tells entries apart on the page. */
export interface TextEntry {
  id: number;
  text: Text;
}

export interface QuestionEntry {
  id: number;
  /** As the server knows it; empty for a new question. */
  key: string;
  label: Text;
  kind: QuestionKind;
  choices: TextEntry[];
  required: boolean;
}

export interface MatterForm {
  name: Text;
  description: Text;
  documents: TextEntry[];
  questions: QuestionEntry[];
  forms: Form[];
  duration: Entry;
  before: Entry;
  after: Entry;
  notice: Entry;
  horizon: Entry;
  /** Null: no cap. */
  cap: Entry;
  capped: boolean;
  group: boolean;
  capacity: Entry;
  people: Entry;
  pick: boolean;
  departments: DepartmentId[];
  officials: PersonId[];
  position: number;
}

export const FORMS: readonly Form[] = ["in_person", "phone", "video"];

/** Booking's own limits: lengths in characters, entries of a list, minutes, days. */
export const LIMITS = {
  name: 200,
  description: 4000,
  entry: 500,
  entries: 50,
  minutes: 480,
  notice: 31 * 24 * 60,
  horizon: 366,
  cap: 10_000,
  capacity: 500,
  people: 20,
} as const;

let last = 0;
export function newId(): number {
  last += 1;
  return last;
}

export function newQuestion(): QuestionEntry {
  return { id: newId(), key: "", label: NO_TEXT, kind: "text", choices: [], required: false };
}

export function newText(text: Text = NO_TEXT): TextEntry {
  return { id: newId(), text };
}

/** A new matter begins with what most offices would enter. */
export function formOf(matter: Matter | null, position = 0): MatterForm {
  const details = matter?.details;
  const capacity = details?.capacity ?? 1;
  return {
    name: textOf(details?.name),
    description: textOf(details?.description),
    documents: (details?.documents ?? []).map((text) => newText(textOf(text))),
    questions: (details?.questions ?? []).map((question) => ({
      id: newId(),
      key: question.key,
      label: textOf(question.label),
      kind: question.kind,
      choices: (question.choices ?? []).map((text) => newText(textOf(text))),
      required: question.required,
    })),
    forms: details?.forms ?? ["in_person"],
    duration: details?.duration_minutes ?? 30,
    before: details?.buffer_before_minutes ?? 0,
    after: details?.buffer_after_minutes ?? (details ? 0 : 5),
    notice: details?.notice_minutes ?? (details ? 0 : 120),
    horizon: details?.horizon_days ?? 60,
    cap: details?.daily_cap ?? null,
    capped: details?.daily_cap != null,
    group: capacity > 1,
    capacity: capacity > 1 ? capacity : 8,
    people: details?.max_people ?? 1,
    pick: details?.pick_official ?? false,
    departments: details?.departments ?? [],
    officials: details?.officials ?? [],
    position: details?.position ?? position,
  };
}

/** In the order of the page; fields are named as the server names them, entries by their place. */
export function faults(form: MatterForm): Fault[] {
  const found: Fault[] = [
    ...textFaults("name", form.name, true, LIMITS.name),
    ...textFaults("description", form.description, false, LIMITS.description),
  ];
  if (form.forms.length === 0) found.push({ field: "forms", reason: "missing" });
  if (form.group && form.forms.includes("phone")) found.push({ field: "forms", reason: "group" });
  found.push(
    ...numberFaults("duration_minutes", form.duration, 5, LIMITS.minutes, 5),
    ...numberFaults("buffer_before_minutes", form.before, 0, LIMITS.minutes, 5),
    ...numberFaults("buffer_after_minutes", form.after, 0, LIMITS.minutes, 5),
    ...numberFaults("notice_minutes", form.notice, 0, LIMITS.notice),
    ...numberFaults("horizon_days", form.horizon, 1, LIMITS.horizon),
    ...(form.capped ? numberFaults("daily_cap", form.cap, 1, LIMITS.cap) : []),
    ...(form.group ? numberFaults("capacity", form.capacity, 2, LIMITS.capacity) : []),
    ...numberFaults("max_people", form.people, 1, LIMITS.people),
  );
  if (form.documents.length > LIMITS.entries)
    found.push({ field: "documents", reason: "too_long" });
  if (form.questions.length > LIMITS.entries)
    found.push({ field: "questions", reason: "too_long" });
  form.documents.forEach(({ text }, index) => {
    found.push(...textFaults(`documents.${index}`, text, true, LIMITS.entry));
  });
  form.questions.forEach((question, index) => {
    found.push(...textFaults(`questions.${index}.label`, question.label, true, LIMITS.entry));
    if (question.kind !== "choice") return;
    if (question.choices.length < 2) {
      found.push({ field: `questions.${index}.choices`, reason: "too_few" });
    }
    question.choices.forEach(({ text }, choice) => {
      found.push(...textFaults(`questions.${index}.choices.${choice}`, text, true, LIMITS.entry));
    });
  });
  if (form.departments.length === 0 && form.officials.length === 0) {
    found.push({ field: "officials", reason: "nobody" });
  }
  return found;
}

/** Of a form without faults. */
export function detailsOf(form: MatterForm): MatterDetails {
  return {
    name: trimmed(form.name),
    description: trimmed(form.description),
    documents: form.documents.map(({ text }) => trimmed(text)),
    questions: withKeys(form.questions).map((question) => ({
      key: question.key,
      label: trimmed(question.label),
      kind: question.kind,
      choices: question.kind === "choice" ? question.choices.map(({ text }) => trimmed(text)) : [],
      required: question.required,
    })),
    forms: FORMS.filter((one) => form.forms.includes(one)),
    duration_minutes: form.duration ?? 0,
    buffer_before_minutes: form.before ?? 0,
    buffer_after_minutes: form.after ?? 0,
    notice_minutes: form.notice ?? 0,
    horizon_days: form.horizon ?? 0,
    daily_cap: form.capped ? form.cap : null,
    capacity: form.group ? (form.capacity ?? 1) : 1,
    pick_official: form.pick,
    max_people: form.people ?? 1,
    departments: form.departments,
    officials: form.officials,
    position: form.position,
  };
}

/** Answers that were given keep their question's key; a new question gets one that is free. */
function withKeys(questions: readonly QuestionEntry[]): QuestionEntry[] {
  const taken = new Set(questions.map((question) => question.key));
  let n = 1;
  return questions.map((question) => {
    if (question.key !== "") return question;
    while (taken.has(`q${n}`)) n += 1;
    taken.add(`q${n}`);
    return { ...question, key: `q${n}` };
  });
}
