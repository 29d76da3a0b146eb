// Every calendar that booking hands out, through two parsers: the entries in its mails, an official's
// feed, and the file that a citizen takes from the page. With texts that want to break out of their
// line, and across both clock changes.

import { readFileSync } from "node:fs";

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import type { components } from "../src/api/generated/schema";
import { linkIn, mailTo, publicOffice } from "./support/booking";
import { BookingStaff } from "./support/booking-staff";
import { type CalendarEvent, calendarOf, onlyEvent, readCalendar } from "./support/calendar";
import { launchChromium, newPerson } from "./support/chromium";
import { Citizen } from "./support/citizen";
import { PEOPLE, button } from "./support/people";
import { Server } from "./support/server";
import { SmtpServer } from "./support/smtp";

type Schemas = components["schemas"];

const OFFICE = 'Urząd "Łódź-Śródmieście"; Wydział A, B\\C: zażółć gęślą jaźń';
const MATTER = 'Dowód, paszport; „pełnomocnictwo" C:\\nowy\nBEGIN:VEVENT — zażółć gęślą jaźń, '
  .repeat(2)
  .trim();
const DOCUMENT = "Zdjęcie 35×45; akt, odpis\\kopia\nATTENDEE:mailto:obcy@example.org";
const DESK = 'Pokój 1, "parter"; na lewo\\prawo';
const CITIZEN = 'Łucja "Żółć"; Ćwiek, mgr';
const MESSAGE = "Przepraszamy,\nspotkanie; przełożone\\odwołane";

let smtp: SmtpServer;
let server: Server;
let browser: Browser;
let admin: BookingStaff;
let office: string;
let matter: Schemas["Matter"];

beforeAll(async () => {
  smtp = new SmtpServer(2528);
  await smtp.start();
  server = await Server.start({ port: 8310, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  browser = await launchChromium({ secureOrigins: [server.url] });
  admin = await BookingStaff.signIn(server, PEOPLE.admin);
  office = (await publicOffice(server)).id;
  await describeOffice();
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await smtp.dispose();
});

/**
 * The next moments at which the clocks of Europe/Warsaw change (Directive 2000/84/EC: on the last
 * Sundays of March and October, at 01:00 UTC).
 */
function clockChanges(): { spring: Date; autumn: Date } {
  const lastSunday = (year: number, month: number): Date => {
    const day = new Date(Date.UTC(year, month + 1, 0, 1));
    day.setUTCDate(day.getUTCDate() - day.getUTCDay());
    return day;
  };
  const next = (month: number): Date => {
    const year = new Date().getUTCFullYear();
    // A day to spare: what is booked lies in the future also where the change is today.
    const soon = Date.now() + 86_400_000;
    return [year, year + 1].map((y) => lastSunday(y, month)).find((day) => day.getTime() > soon)!;
  };
  return { spring: next(2), autumn: next(9) };
}

const dateOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/**
 * An office whose every text is nasty, and whose official works on the Sunday of October all day long.
 * That of March can be Easter, on which no office is open.
 */
async function describeOffice(): Promise<void> {
  const profile = await admin.call<Schemas["OfficeProfile"]>("GET", "/office");
  const name = { pl: OFFICE, en: "", uk: "" };
  await admin.call("PUT", "/office", { ...profile, name, cap_per_email: 0 });
  const desk = await admin.call<Schemas["Resource"]>("POST", "/resources", { name: DESK });
  await admin.call("PUT", `/officials/${admin.person}/desk`, { desk: desk.id });
  const day = dateOf(clockChanges().autumn);
  await admin.call("POST", "/exceptions", {
    kind: "extra_hours",
    official: admin.person,
    from_date: day,
    to_date: day,
    from: 0,
    to: 1440,
  });
  matter = await admin.call<Schemas["Matter"]>("POST", "/matters", {
    name: { pl: MATTER },
    description: { pl: "" },
    documents: [{ pl: DOCUMENT }],
    forms: ["in_person", "phone"],
    duration_minutes: 60,
    horizon_days: 366,
    pick_official: true,
    officials: [admin.person],
  });
}

/** The entry of the `count`-th mail to an address. */
async function mailed(address: string, count: number, method: string): Promise<CalendarEvent> {
  const calendar = calendarOf(await mailTo(smtp, address, count));
  expect(calendar?.method).toBe(method);
  return onlyEvent(calendar!);
}

async function book(start: string, email: string): Promise<Schemas["Appointment"]> {
  return admin.call("POST", "/appointments", {
    matter: matter.id,
    form: "in_person",
    start,
    official: admin.person,
    name: CITIZEN,
    email,
    language: "pl",
  });
}

async function feed(): Promise<string> {
  const { url } = await admin.call<Schemas["SecretAddress"]>("POST", "/calendar");
  const answer = await fetch(url);
  expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  return answer.text();
}

/** RFC 5545 knows no lone CR and none of the other control characters. */
const oneLine = (text: string): string => text.replaceAll("\r\n", "\n");

test("what people typed stays what it is", async () => {
  const email = "lucja@example.org";
  const slot = await admin.slot(matter.id, "in_person", 3);
  await book(slot.start, email);
  const event = await mailed(email, 1, "REQUEST");
  expect(event.summary).toBe(oneLine(`${OFFICE}: ${MATTER}`));
  expect(event.description).toContain(oneLine(DOCUMENT));
  expect(event.location).toContain(DESK);
  expect(event.status).toBe("CONFIRMED");
  // A quoted parameter can't hold quotes (RFC 5545, section 3.1).
  expect(event.attendee).toEqual({
    name: CITIZEN.replaceAll('"', "'"),
    address: `mailto:${email}`,
  });
  expect(event.organizer?.name).toBe(OFFICE.replaceAll('"', "'"));
  expect(event.organizer?.address).toMatch(/^mailto:\S+@\S+$/);
  expect(event.start.zone).toBe("Europe/Warsaw");
  const entry = readCalendar(await feed()).events.find((one) => one.uid === event.uid);
  expect(entry?.summary.startsWith(oneLine(MATTER))).toBe(true);
  expect(entry?.location).toBe(DESK);
  // The feed goes to whatever program the official uses: nobody's name.
  expect([entry?.attendee, entry?.organizer]).toEqual([null, null]);
});

const HOUR = 3_600_000;

const after = (moment: Date, minutes: number): string =>
  new Date(moment.getTime() + minutes * 60_000).toISOString();

/** An hour that begins at `start` and is told by the clock on the wall, or by UTC where that is null. */
function expectHour(event: CalendarEvent, start: string, walls: (string | null)[]): void {
  const end = new Date(new Date(start).getTime() + HOUR).toISOString();
  const told = [event.start, event.end];
  expect(told.map((moment) => moment.utc)).toEqual(
    [start, end].map((moment) => moment.replace(".000Z", "Z")),
  );
  for (const [n, wall] of walls.entries()) {
    if (wall === null) expect(told[n]!.zone).toBe("UTC");
    else expect(told[n]).toMatchObject({ wall, zone: "Europe/Warsaw" });
  }
}

test("the clocks go back: the hour that comes twice is told apart", async () => {
  const { autumn } = clockChanges();
  const day = dateOf(autumn);
  const booked = [
    // At 03:00 it becomes 02:00. Readers don't agree which one a local 02:00 is: UTC names both.
    { start: after(autumn, -60), walls: [null, null] },
    { start: after(autumn, 0), walls: [null, `${day}T03:00:00`] },
  ];
  const mails = [];
  for (const [n, { start, walls }] of booked.entries()) {
    await book(start, `jesien${n}@example.org`);
    const event = await mailed(`jesien${n}@example.org`, 1, "REQUEST");
    expectHour(event, start, walls);
    mails.push(event);
  }
  const entries = readCalendar(await feed()).events;
  for (const { uid, start, end } of mails) {
    expect(entries.find((one) => one.uid === uid)).toMatchObject({ start, end });
  }
});

test("the clocks go forward: what lies across the gap ends an hour later on the wall", async () => {
  const { spring } = clockChanges();
  const day = dateOf(spring);
  const planned = [
    // At 02:00 it becomes 03:00.
    { start: after(spring, -30), walls: [`${day}T01:30:00`, `${day}T03:30:00`] },
    { start: after(spring, 0), walls: [`${day}T03:00:00`, `${day}T04:00:00`] },
  ];
  for (const [n, { start, walls }] of planned.entries()) {
    const email = `wiosna${n}@example.org`;
    // Rooms are planned for any day, and their invitations come from the same writer.
    await admin.api.createRoom({
      title: MATTER.split("\n")[0],
      starts_at: start,
      duration_minutes: 60,
      invitees: [{ email, name: CITIZEN, language: "pl", role: "participant" }],
    } as never);
    expectHour(await mailed(email, 1, "REQUEST"), start, walls);
  }
});

test("one appointment is one entry from its confirmation to its end", async () => {
  const email = "jan@example.org";
  const citizen = new Citizen(server, smtp, email, CITIZEN);
  const [first, second, third] = await Promise.all(
    [8, 10, 12].map((n) => admin.slot(matter.id, "in_person", n)),
  );
  const wish = { office, matter: matter.id, form: "in_person" as const, start: first!.start };
  const secret = await citizen.book({ ...wish, official: admin.person });
  const confirmed = await mailed(email, 2, "REQUEST");

  // The page's own file is the same entry in the same state.
  const link = linkIn(await mailTo(smtp, email, 2), "/booking/appointment#");
  const person = await newPerson(browser);
  await person.page.goto(link);
  const taken = await download();
  expect(taken.sequence).toBe(confirmed.sequence);

  await citizen.move(secret, second!.start);
  const moved = await mailed(email, 3, "REQUEST");
  expect(moved.uid).toBe(confirmed.uid);
  expect(moved.sequence).toBeGreaterThan(confirmed.sequence);
  expect(new Date(moved.start.utc)).toEqual(new Date(second!.start));

  const id = confirmed.uid.split("@")[0]!;
  await admin.call("POST", `/appointments/${id}/move`, { start: third!.start, message: MESSAGE });
  const movedAgain = await mailed(email, 4, "REQUEST");
  expect(movedAgain.sequence).toBeGreaterThan(moved.sequence);
  const shown = readCalendar(await feed()).events.find((one) => one.uid === confirmed.uid);
  expect(shown).toMatchObject({ sequence: movedAgain.sequence, start: movedAgain.start });
  await person.page.reload();
  expect((await download()).start.utc).toBe(movedAgain.start.utc);

  await citizen.cancel(secret);
  const cancelled = await mailed(email, 5, "CANCEL");
  expect(cancelled.uid).toBe(confirmed.uid);
  expect(cancelled.status).toBe("CANCELLED");
  expect(cancelled.sequence).toBeGreaterThan(movedAgain.sequence);
  const left = readCalendar(await feed()).events.map((one) => one.uid);
  expect(left).not.toContain(confirmed.uid);
  await person.context.close();

  async function download(): Promise<CalendarEvent> {
    const downloading = person.page.waitForEvent("download");
    await button(person.page, "Dodaj do kalendarza").click();
    const file = readFileSync(await (await downloading).path(), "utf8");
    const event = onlyEvent(readCalendar(file));
    expect(event.uid).toBe(confirmed.uid);
    expect(event.summary).toBe(oneLine(`${OFFICE}: ${MATTER}`));
    expect(event.description).toContain(oneLine(DOCUMENT));
    expect(event.location).toContain(DESK);
    return event;
  }
});
