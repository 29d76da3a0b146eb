import ICAL from "ical.js";
import { expect, it } from "vitest";
import { calendarFile, type Entry } from "./calendar";

const ENTRY: Entry = {
  uid: "01a2@urzad.example",
  sequence: 3,
  start: "2026-11-30T08:00:00.000Z",
  end: "2026-11-30T08:30:00.000Z",
  summary:
    "Urząd Miasta: Zażółć gęślą jaźń; konsultacja, długa nazwa sprawy, żeby linia była łamana",
  location: "Stanowisko 1 (parter), Rynek 1, 00-950 Przykładowo",
  description: "Kod: K7M4-XRTP\nCo przygotować: zdjęcie; dowód\\akt",
  url: `https://urzad.example/booking/appointment#${"x".repeat(43)}`,
};

it("is understood by another parser, to the letter", () => {
  const file = calendarFile(ENTRY, new Date("2026-11-27T12:00:00Z"));
  const calendar = new ICAL.Component(ICAL.parse(file) as unknown[]);
  const component = calendar.getFirstSubcomponent("vevent");
  if (!component) throw new Error("no event");
  const event = new ICAL.Event(component);
  expect(event.uid).toBe(ENTRY.uid);
  expect(event.sequence).toBe(3);
  expect(event.startDate.toJSDate().toISOString()).toBe(ENTRY.start);
  expect(event.endDate.toJSDate().toISOString()).toBe(ENTRY.end);
  expect(event.summary).toBe(ENTRY.summary);
  expect(event.location).toBe(ENTRY.location);
  expect(event.description).toBe(ENTRY.description);
  expect(component.getFirstPropertyValue("url")).toBe(ENTRY.url);
});

it("keeps lines short and ends them as the standard says", () => {
  const lines = calendarFile(ENTRY, new Date(0)).split("\r\n");
  expect(lines.at(-1)).toBe("");
  for (const line of lines) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
});
