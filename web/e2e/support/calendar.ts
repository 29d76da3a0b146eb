// Calendars through two parsers that know nothing of one another: ical.js, and Python's icalendar.

import { execFileSync } from "node:child_process";
import path from "node:path";

import ICAL from "ical.js";
import type { Email } from "postal-mime";
import { expect } from "vitest";

import { PYTHON } from "./python";

interface Moment {
  /** `2027-10-31T00:30:00Z` */
  utc: string;
  /** What the clock on the wall shows. */
  wall: string;
  /** `Europe/Warsaw` or `UTC`. */
  zone: string;
}

interface Party {
  name: string;
  /** `mailto:…` */
  address: string;
}

export interface CalendarEvent {
  uid: string;
  sequence: number;
  start: Moment;
  end: Moment;
  summary: string;
  description: string | null;
  location: string | null;
  status: string;
  url: string | null;
  organizer: Party | null;
  attendee: Party | null;
}

export interface Calendar {
  method: string | null;
  events: CalendarEvent[];
}

/** The calendar that came with a mail; undefined when there is none. */
export function calendarOf(mail: Email): Calendar | undefined {
  const part = mail.attachments.find((found) => found.mimeType === "text/calendar");
  if (!part) return undefined;
  const { content } = part;
  const file = typeof content === "string" ? content : new TextDecoder().decode(content);
  // The library gives text with the line ends of this machine; on the wire they are CRLF.
  return readCalendar(file.replace(/\r?\n/g, "\r\n"));
}

/** Reads a calendar; fails unless both parsers read the same, and its lines are what they must be. */
export function readCalendar(file: string): Calendar {
  linesAreGood(file);
  const script = path.join(import.meta.dirname, "read_calendar.py");
  const read = execFileSync(PYTHON, [script], { input: file, encoding: "utf8" });
  const theirs = JSON.parse(read) as Calendar;
  const ours = readWithIcalJs(file);
  expect(ours).toEqual(theirs);
  return ours;
}

/** The one event of a calendar. */
export function onlyEvent(calendar: Calendar): CalendarEvent {
  expect(calendar.events).toHaveLength(1);
  return calendar.events[0]!;
}

/** At most 75 octets, broken between characters, ended by CRLF (RFC 5545, section 3.1). */
function linesAreGood(file: string): void {
  const lines = file.split("\r\n");
  expect(lines.pop()).toBe("");
  for (const line of lines) {
    expect(line).not.toMatch(/[\r\n\0\uFFFD]/);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
  }
}

function readWithIcalJs(file: string): Calendar {
  const calendar = new ICAL.Component(ICAL.parse(file) as unknown[]);
  const method = calendar.getFirstPropertyValue("method");
  return {
    method: method === null ? null : String(method),
    events: calendar.getAllSubcomponents("vevent").map((component) => {
      const text = (name: string): string | null => {
        const value = component.getFirstPropertyValue(name);
        return value === null ? null : String(value);
      };
      const party = (name: string): Party | null => {
        const property = component.getFirstProperty(name);
        const parameter = property?.getParameter("cn");
        const address = String(property?.getFirstValue());
        return property ? { name: String(parameter ?? ""), address } : null;
      };
      const event = new ICAL.Event(component);
      return {
        uid: event.uid,
        sequence: event.sequence,
        start: moment(event.startDate),
        end: moment(event.endDate),
        summary: event.summary,
        description: text("description"),
        location: text("location"),
        status: text("status")!,
        url: text("url"),
        organizer: party("organizer"),
        attendee: party("attendee"),
      };
    }),
  };
}

function moment(time: ICAL.Time): Moment {
  const utc = time.toJSDate().toISOString();
  const { zone } = time;
  return {
    utc: utc.replace(/\.\d+Z$/, "Z"),
    wall: time.toString().replace(/Z$/, ""),
    zone: zone === ICAL.Timezone.utcTimezone ? "UTC" : (zone?.tzid ?? "floating"),
  };
}
