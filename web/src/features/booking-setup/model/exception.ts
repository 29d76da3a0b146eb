/** An absence, extra hours or a closure, as its form holds it. */
import type { ExceptionKind, NewException, PersonId } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";

export interface ExceptionForm {
  kind: ExceptionKind;
  official: PersonId | null;
  fromDate: string;
  toDate: string;
  wholeDay: boolean;
  from: number | null;
  to: number | null;
  substitute: string;
  note: string;
}

const NOTE_MAX = 500;

export function faults(form: ExceptionForm): Fault[] {
  const found: Fault[] = [];
  const refuse = (field: string, reason: string) => found.push({ field, reason });
  if (form.fromDate === "") refuse("from_date", "missing");
  if (form.toDate === "") refuse("to_date", "missing");
  else if (form.fromDate !== "" && form.toDate < form.fromDate) refuse("to_date", "before");
  if (!form.wholeDay) {
    if (form.from === null) refuse("from", "missing");
    else if (form.from % 5 !== 0) refuse("from", "grid");
    if (form.to === null) refuse("to", "missing");
    else if (form.to % 5 !== 0) refuse("to", "grid");
    else if (form.from !== null && form.to <= form.from) refuse("to", "before");
  }
  if ([...form.note.trim()].length > NOTE_MAX) refuse("note", "too_long");
  return found;
}

export function exceptionOf(form: ExceptionForm): NewException {
  return {
    kind: form.kind,
    official: form.kind === "closure" ? null : form.official,
    from_date: form.fromDate,
    to_date: form.toDate,
    from: form.wholeDay ? null : form.from,
    to: form.wholeDay ? null : form.to,
    substitute: form.kind === "absence" ? form.substitute || null : null,
    note: form.note.trim(),
  };
}
