/**
 * Meetings are held by the wall clock of the office, whatever the reader's own time zone is.
 * Conversions go through the IANA rules of the browser, so that the two nights a year in which
 * clocks change are right as well.
 */
import type { CalendarDate, ZonedDateTime } from "@internationalized/date";
import {
  CalendarDateTime,
  Time,
  fromAbsolute,
  toCalendarDate,
  toTime,
  toZoned,
} from "@internationalized/date";

import { TIME_ZONE } from "@/i18n/format";

/** What a wall-clock reading stands for. */
export type Reading =
  | { kind: "once"; at: string }
  /** The hour in autumn that comes twice; `at` is the first, summer-time one. */
  | { kind: "twice"; at: string; again: string }
  /** The hour in spring that clocks leap over. */
  | { kind: "never" };

/** Which instant (RFC 3339, UTC) a date and a time on the office's wall mean. */
export function readWallClock(date: CalendarDate, time: Time): Reading {
  const wall = new CalendarDateTime(date.year, date.month, date.day, time.hour, time.minute);
  const earlier = toZoned(wall, TIME_ZONE, "earlier");
  const later = toZoned(wall, TIME_ZONE, "later");
  if (earlier.compare(later) === 0) return { kind: "once", at: instant(earlier) };
  if (!sameWall(earlier, wall)) return { kind: "never" };
  return { kind: "twice", at: instant(earlier), again: instant(later) };
}

/** The office's wall clock at an instant. */
export function wallClock(at: string): { date: CalendarDate; time: Time } {
  const zoned = fromAbsolute(Date.parse(at), TIME_ZONE);
  return { date: toCalendarDate(zoned), time: new Time(zoned.hour, zoned.minute) };
}

/** The office's calendar day of an instant, e.g. `2027-03-28`: equal for instants of one day. */
export function officeDay(at: string | number): string {
  const ms = typeof at === "number" ? at : Date.parse(at);
  return toCalendarDate(fromAbsolute(ms, TIME_ZONE)).toString();
}

/**
 * A sensible start for a new meeting: the next full quarter that is at least ten minutes away.
 * Done on instants, so that it never lands in the hour that doesn't exist.
 */
export function nextQuarter(now: number): { date: CalendarDate; time: Time } {
  const quarter = 15 * 60_000;
  const start = Math.ceil((now + 10 * 60_000) / quarter) * quarter;
  return wallClock(new Date(start).toISOString());
}

/** When a meeting of `minutes` that starts at `at` is over: real minutes, not the wall's. */
export function endOf(at: string, minutes: number): string {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString();
}

function instant(zoned: ZonedDateTime): string {
  return zoned.toDate().toISOString();
}

function sameWall(zoned: ZonedDateTime, wall: CalendarDateTime): boolean {
  const time = toTime(zoned);
  return (
    toCalendarDate(zoned).compare(wall) === 0 &&
    time.hour === wall.hour &&
    time.minute === wall.minute
  );
}
