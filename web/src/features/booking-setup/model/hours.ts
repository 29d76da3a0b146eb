/** Weekly hours as the editor holds them. */
import type { Form, Hours, ResourceHours } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";
import { FORMS, newId } from "./matter";

export interface Span {
  id: number;
  /** 1 is Monday (ISO 8601). */
  weekday: number;
  /** Minutes since midnight. */
  from: number | null;
  to: number | null;
  forms: Form[];
  /** First and last day, `2026-11-27`; empty: no bound. */
  validFrom: string;
  validTo: string;
}

export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** Of an official or, without ways to meet, of a room or desk. */
export type Weekly = ResourceHours & { forms?: Form[] };

export function spansOf(hours: readonly Weekly[]): Span[] {
  return hours.map((one) => ({
    id: newId(),
    weekday: one.weekday,
    from: one.from,
    to: one.to,
    forms: one.forms ?? [...FORMS],
    validFrom: one.valid_from ?? "",
    validTo: one.valid_to ?? "",
  }));
}

/** After the last of the day, or the usual morning. */
export function newSpan(weekday: number, spans: readonly Span[]): Span {
  const end = Math.max(
    0,
    ...spans.filter((one) => one.weekday === weekday).map((one) => one.to ?? 0),
  );
  const from = end === 0 ? 8 * 60 : Math.min(end + 60, 22 * 60);
  return {
    id: newId(),
    weekday,
    from,
    to: end === 0 ? 16 * 60 : from + 60,
    forms: [...FORMS],
    validFrom: "",
    validTo: "",
  };
}

/** Monday's hours on each working day. */
export function likeMonday(spans: readonly Span[]): Span[] {
  const monday = spans.filter((one) => one.weekday === 1);
  return [
    ...monday,
    ...[2, 3, 4, 5].flatMap((weekday) => monday.map((span) => ({ ...span, id: newId(), weekday }))),
    ...spans.filter((one) => one.weekday > 5),
  ];
}

/** Fields are `spans.<id>.from` and so on. */
export function faults(spans: readonly Span[]): Fault[] {
  return spans.flatMap((span) => {
    const found: Fault[] = [];
    const refuse = (name: string, reason: string) =>
      found.push({ field: `spans.${span.id}.${name}`, reason });
    if (span.from === null) refuse("from", "missing");
    else if (span.from % 5 !== 0) refuse("from", "grid");
    if (span.to === null) refuse("to", "missing");
    else if (span.to % 5 !== 0) refuse("to", "grid");
    else if (span.from !== null && span.to <= span.from) refuse("to", "before");
    if (span.forms.length === 0) refuse("forms", "missing");
    if (span.validFrom !== "" && span.validTo !== "" && span.validTo < span.validFrom) {
      refuse("validTo", "before");
    }
    const overlaps = spans.some(
      (other) => other.id < span.id && other.weekday === span.weekday && sameTime(span, other),
    );
    if (overlaps) refuse("from", "overlap");
    return found;
  });
}

function sameTime(a: Span, b: Span): boolean {
  if (a.from === null || a.to === null || b.from === null || b.to === null) return false;
  const apart = a.validTo !== "" && b.validFrom !== "" && a.validTo < b.validFrom;
  const apartToo = b.validTo !== "" && a.validFrom !== "" && b.validTo < a.validFrom;
  return a.from < b.to && b.from < a.to && !apart && !apartToo;
}

/** Of spans without faults. */
export function hoursOf(spans: readonly Span[]): Hours[] {
  return spans.map((span) => ({
    weekday: span.weekday,
    from: span.from ?? 0,
    to: span.to ?? 0,
    forms: FORMS.filter((form) => span.forms.includes(form)),
    valid_from: span.validFrom || null,
    valid_to: span.validTo || null,
  }));
}

/** Hours of a room or desk, in which one can't but meet in person. */
export function withoutForms(hours: readonly Hours[]): ResourceHours[] {
  return hours.map(({ weekday, from, to, valid_from, valid_to }) => ({
    weekday,
    from,
    to,
    valid_from: valid_from ?? null,
    valid_to: valid_to ?? null,
  }));
}

/** `08:00`, `24:00`. */
export function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
