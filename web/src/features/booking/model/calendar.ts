/** What an entry for a calendar says (RFC 5545). */
export interface Entry {
  uid: string;
  /** Grows with each change (RFC 5545, section 3.8.7.4), as in the mails. */
  sequence: number;
  start: string;
  end: string;
  summary: string;
  location: string;
  description: string;
  /** Where it can be seen and changed. */
  url: string;
}

/** Octets of a line; longer ones are folded (RFC 5545, section 3.1). */
const LINE_OCTETS = 75;

/**
 * A file to open with a calendar. It has the identifier and the SEQUENCE of the entry in our newest mail,
 * so that a calendar takes both for one appointment, and a later mail for its newer state. It has no
 * METHOD, which would make a message of it that needs an ORGANIZER (RFC 5546, section 3.2.1).
 */
export function calendarFile(entry: Entry, now: Date): string {
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//SZPoN//Booking//PL",
    "BEGIN:VEVENT",
    `UID:${entry.uid}`,
    `SEQUENCE:${entry.sequence}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(new Date(entry.start))}`,
    `DTEND:${utc(new Date(entry.end))}`,
    `SUMMARY:${text(entry.summary)}`,
    ...(entry.location ? [`LOCATION:${text(entry.location)}`] : []),
    `DESCRIPTION:${text(entry.description)}`,
    `URL:${entry.url}`,
    "CLASS:PRIVATE",
    "STATUS:CONFIRMED",
    "END:VEVENT",
    "END:VCALENDAR",
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join("");
}

/** `20261130T080000Z` */
function utc(moment: Date): string {
  return `${moment.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** RFC 5545, section 3.3.11. */
function text(value: string): string {
  return value.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");
}

/** Breaks between characters only: a letter of two octets stays whole. */
function folded(line: string): string {
  const octets = new TextEncoder();
  let out = "";
  let used = 0;
  for (const sign of line) {
    const size = octets.encode(sign).length;
    if (used + size > LINE_OCTETS) {
      out += "\r\n ";
      used = 1;
    }
    out += sign;
    used += size;
  }
  return out;
}
