// Booking while the SMTP server fails in each way in which one can, and comes back.

import PostalMime, { type Email } from "postal-mime";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import type { components } from "../src/api/generated/schema";
import { Api } from "./support/api";
import { ADVICE, publicOffice } from "./support/booking";
import { BookingStaff } from "./support/booking-staff";
import { type Calendar, calendarOf, onlyEvent } from "./support/calendar";
import { Citizen } from "./support/citizen";
import { PEOPLE } from "./support/people";
import { Server } from "./support/server";
import { SmtpServer, type Trouble } from "./support/smtp";
import { waitFor } from "./support/wait";

type Schemas = components["schemas"];
type Delivery = Schemas["Delivery"];

let smtp: SmtpServer;
let server: Server;
let staff: BookingStaff;
let operator: Api;
let office: string;
let matter: string;
/** Free ones with the official; each test takes its own. */
let starts: string[];

beforeAll(async () => {
  smtp = new SmtpServer(2529);
  await smtp.start();
  server = await Server.start({ port: 8320, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  staff = await BookingStaff.signIn(server, PEOPLE.colleague);
  operator = await Api.signIn(server, PEOPLE.operator);
  office = (await publicOffice(server)).id;
  matter = (await staff.matters()).find((one) => one.details.name.pl === ADVICE)!.id;
  const page = await staff.call<Schemas["SlotPage"]>(
    "GET",
    `/matters/${matter}/slots?form=phone&official=${staff.person}&limit=500`,
  );
  // Not the first, which may be too soon for citizens, and none that overlaps another.
  starts = page.slots
    .slice(20)
    .map((slot) => slot.start)
    .filter((start) => new Date(start).getMinutes() === 0);
});
afterAll(async () => {
  await server.dispose();
  await smtp.dispose();
});
beforeEach(() => smtp.trouble(null));

/** Somebody with a slot and the code for it: all but the confirmation. */
async function aboutToBook(email: string) {
  const citizen = new Citizen(server, smtp, email);
  const wish = { office, matter, form: "phone" as const, official: staff.person };
  const secret = await citizen.hold({ ...wish, start: starts.shift()! });
  const code = await citizen.askForCode(secret);
  return { citizen, secret, confirm: () => citizen.confirm(secret, code) };
}

/** What the official sees of the mail on the appointment's page. */
async function shown(id: string): Promise<Delivery | undefined> {
  return (await staff.appointment(id)).mail ?? undefined;
}

/** Waits until the official sees that an attempt failed with something like `error`. */
const seesTrouble = (id: string, error: RegExp): Promise<Delivery> =>
  waitFor(`the official to see ${error}`, 20_000, async () => {
    const mail = await shown(id);
    return mail?.state === "pending" && error.test(mail.last_error ?? "") ? mail : null;
  });

/** An operator's click: all mail that waits is tried at once instead of within half a minute. */
async function tryAgain(): Promise<void> {
  const waiting = await operator.call<Schemas["OutboxEntry"][]>("GET", "/api/v1/operator/outbox");
  for (const { id } of waiting) {
    await operator.call("POST", `/api/v1/operator/outbox/${id}/retry`);
  }
}

const sent = (id: string): Promise<boolean> =>
  waitFor("the official to see it sent", 20_000, async () => (await shown(id))?.state === "sent");

/** Mails with a calendar entry to an address, that is all but codes. */
async function letters(address: string): Promise<{ mail: Email; calendar: Calendar }[]> {
  const mails = await Promise.all(smtp.messagesTo(address).map((raw) => PostalMime.parse(raw)));
  return mails.flatMap((mail) => {
    const calendar = calendarOf(mail);
    return calendar ? [{ mail, calendar }] : [];
  });
}

/**
 * All that was sent to an address, once a later mail to somebody else is there: mail goes out in
 * order, so that nothing is on its way any more.
 */
async function finalLetters(address: string) {
  const witness = `swiadek-${address}`;
  await new Citizen(server, smtp, witness).askForCode(
    await new Citizen(server, smtp, witness).hold({
      office,
      matter,
      form: "phone",
      official: staff.person,
      start: starts.shift()!,
    }),
  );
  return letters(address);
}

const troubles: [string, () => Promise<void> | void, RegExp][] = [
  ["takes no connections", () => smtp.stop(), /refused|connection/i],
  ["refuses for now", () => smtp.trouble("451"), /451/],
  ["dies before it answers", () => smtp.trouble("die"), /./],
];

test.each(troubles)("a server that %s delays one confirmation", async (what, begin, error) => {
  const email = `${what.replaceAll(" ", "-")}@example.org`;
  const { confirm } = await aboutToBook(email);
  await begin();
  const booked = await confirm();
  expect(booked.state).toBe("confirmed");
  await seesTrouble(booked.id, error);
  expect(await letters(email)).toEqual([]);
  smtp.trouble(null);
  if (what === "takes no connections") await smtp.start();
  await tryAgain();
  await sent(booked.id);
  const [letter, ...more] = await finalLetters(email);
  expect(more).toEqual([]);
  expect(letter?.calendar.method).toBe("REQUEST");
  const event = onlyEvent(letter!.calendar);
  expect(event.uid.split("@")[0]).toBe(booked.id);
  expect(new Date(event.start.utc)).toEqual(new Date(booked.start));
});

test("a server that comes back is found without anybody's doing", async () => {
  const email = "sam@example.org";
  const { confirm } = await aboutToBook(email);
  smtp.trouble("451");
  const booked = await confirm();
  await seesTrouble(booked.id, /451/);
  smtp.trouble(null);
  await smtp.waitForMessage(email, 2, 60_000);
  await sent(booked.id);
});

test("a confirmation whose answer was lost comes again as the same message", async () => {
  const email = "dwa@example.org";
  const { confirm } = await aboutToBook(email);
  smtp.trouble("lose");
  const booked = await confirm();
  await seesTrouble(booked.id, /./);
  smtp.trouble(null);
  await tryAgain();
  await sent(booked.id);
  // Nobody can know that the first was taken; the Message-ID lets the receiver's server see it.
  const copies = await finalLetters(email);
  expect(copies).toHaveLength(2);
  expect(new Set(copies.map((copy) => copy.mail.messageId)).size).toBe(1);
  expect(copies[0]!.calendar).toEqual(copies[1]!.calendar);
});

test("an address that doesn't exist is shown to the official and tried once", async () => {
  const email = "nikt@example.org";
  const { confirm } = await aboutToBook(email);
  smtp.trouble("550");
  const booked = await confirm();
  const failed = await waitFor("the official to see it", 20_000, async () => {
    const mail = await shown(booked.id);
    return mail?.state === "failed" ? mail : null;
  });
  expect(failed.error).toContain("550");
  // The same in the lists of the day.
  const date = booked.start.slice(0, 10);
  const day = await staff.call<Schemas["Day"]>("GET", `/day?date=${date}`);
  expect(day.appointments.find((one) => one.id === booked.id)?.mail?.state).toBe("failed");
  smtp.trouble(null);
  expect(await finalLetters(email)).toEqual([]);
  expect(smtp.failures("550", email)).toBe(1);
});

test("what changed meanwhile arrives as it is, once", async () => {
  const email = "zmiana@example.org";
  const { citizen, secret, confirm } = await aboutToBook(email);
  smtp.trouble("451");
  const booked = await confirm();
  await seesTrouble(booked.id, /451/);
  const moved = await citizen.move(secret, starts.shift()!);
  await seesTrouble(booked.id, /451/);
  smtp.trouble(null);
  await tryAgain();
  await sent(booked.id);
  const [letter, ...more] = await finalLetters(email);
  expect(more).toEqual([]);
  const event = onlyEvent(letter!.calendar);
  expect(event.sequence).toBeGreaterThan(0);
  expect(new Date(event.start.utc)).toEqual(new Date(moved.start));
});

test("a confirmation that is not out yet does not follow its cancellation", async () => {
  const email = "odwolana@example.org";
  const { citizen, secret, confirm } = await aboutToBook(email);
  smtp.trouble("451");
  const booked = await confirm();
  await seesTrouble(booked.id, /451/);
  await citizen.cancel(secret);
  smtp.trouble(null);
  await tryAgain();
  await sent(booked.id);
  const all = await finalLetters(email);
  expect(all.map((letter) => letter.calendar.method)).toEqual(["CANCEL"]);
});

test("nor does one that was on its way and failed", async () => {
  const email = "w-drodze@example.org";
  const { citizen, secret, confirm } = await aboutToBook(email);
  const waits: Trouble = "wait";
  smtp.trouble(waits);
  const booked = await confirm();
  await waitFor("the server to have it", 20_000, () => smtp.failures(waits, email) === 1);
  await citizen.cancel(secret);
  smtp.trouble("451");
  await seesTrouble(booked.id, /451/);
  smtp.trouble(null);
  await tryAgain();
  await sent(booked.id);
  const all = await finalLetters(email);
  expect(all.map((letter) => letter.calendar.method)).toEqual(["CANCEL"]);
});

test("changes reach the citizen in their order", async () => {
  const email = "kolejno@example.org";
  const { citizen, secret, confirm } = await aboutToBook(email);
  const booked = await confirm();
  await sent(booked.id);
  smtp.trouble("451");
  await citizen.move(secret, starts.shift()!);
  await seesTrouble(booked.id, /451/);
  smtp.trouble(null);
  await tryAgain();
  await sent(booked.id);
  await citizen.cancel(secret);
  await sent(booked.id);
  const all = await finalLetters(email);
  expect(all.map((letter) => letter.calendar.method)).toEqual(["REQUEST", "REQUEST", "CANCEL"]);
  const events = all.map((letter) => onlyEvent(letter.calendar));
  expect(new Set(events.map((event) => event.uid)).size).toBe(1);
  const sequences = events.map((event) => event.sequence);
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  expect(new Set(sequences).size).toBe(3);
});
