/** An absence, extra hours or a closure of the office or a place, as its form holds it. */
import type { ExceptionKind, NewException } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";

export interface ExceptionForm {
  kind: ExceptionKind;
  /** The official or the place that it is about; null: the office. */
  whom: string | null;
  fromDate: string;
  toDate: string;
  wholeDay: boolean;
  from: number | null;
  to: number | null;
  /** Who or what stands in; empty: nobody and nothing. */
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
  const { kind, whom } = form;
  const substitute = form.substitute || null;
  return {
    kind,
    official: kind === "absence" || kind === "extra_hours" ? whom : null,
    resource: kind === "resource_closure" ? whom : null,
    from_date: form.fromDate,
    to_date: form.toDate,
    from: form.wholeDay ? null : form.from,
    to: form.wholeDay ? null : form.to,
    substitute: kind === "absence" ? substitute : null,
    substitute_resource: kind === "resource_closure" ? substitute : null,
    note: form.note.trim(),
  };
}
