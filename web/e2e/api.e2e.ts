// Every route of the real binary against its own OpenAPI document, as each kind of caller.

import { afterAll, beforeAll, expect, test } from "vitest";

import type { components } from "../src/api/generated/schema";
import { Api } from "./support/api";
import { ADVICE, publicOffice } from "./support/booking";
import { BookingStaff } from "./support/booking-staff";
import { Citizen, type Wish } from "./support/citizen";
import { PEOPLE } from "./support/people";
import { type Things, schemathesis } from "./support/schemathesis";
import { Server } from "./support/server";
import { SmtpServer } from "./support/smtp";

type Schemas = components["schemas"];

const MINUTES = 60_000;

/** Without credentials, or with what a secret in the body opens. */
const PUBLIC = [
  "/public/",
  "^/api/v1/(account/|links/|setup|systems/token|session$)",
  "^/\\.well-known/",
];
/** End the session that calls: they have a run of their own. */
const ENDS_SESSION = ["^/api/v1/session$", "^/api/v1/me/sessions"];
const OPERATOR = ["/operator/"];
/** Other services' own: their tokens never leave the process. signalling/server/tests/service.rs. */
const SERVICE = ["^/api/v1/service/"];

const only = (...parts: string[][]) => ["--include-path-regex", parts.flat().join("|")];
const without = (...parts: string[][]) => ["--exclude-path-regex", parts.flat().join("|")];

let smtp: SmtpServer;
let server: Server;
let admin: BookingStaff;
let things: Things;

beforeAll(async () => {
  smtp = new SmtpServer(2527);
  await smtp.start();
  server = await Server.start({
    port: 8300,
    loopback: true,
    env: {
      SZPON_MAIL__SMTP_URL: smtp.url,
      // Each call comes from a network of its own; see support/schemathesis_hooks.py.
      SZPON_HTTP__TRUSTED_PROXIES: "127.0.0.1",
      SZPON_BOOKING__WORK_NUMBERS: "0",
    },
  });
  admin = await BookingStaff.signIn(server, PEOPLE.admin);
  things = await arrange();
});
afterAll(async () => {
  await server.dispose();
  await smtp.dispose();
});

/** One of everything that a call may be about. */
async function arrange(): Promise<Things> {
  const office = (await publicOffice(server)).id;
  const matter = (await admin.matters()).find((one) => one.details.name.pl === ADVICE)!;
  const officials = (await admin.officials()).filter((one) => one.hours.length > 0);
  const { slots } = await admin.call<Schemas["SlotPage"]>(
    "GET",
    `/matters/${matter.id}/slots?form=phone&limit=200`,
  );
  // Far from now: the first slots are those that notice may close meanwhile.
  const starts = slots.slice(40).map((slot) => slot.start);
  const wish = (): Wish => ({ office, matter: matter.id, form: "phone", start: starts.shift()! });
  const citizens = [1, 2, 3, 4, 5, 6].map((n) => new Citizen(server, smtp, `c${n}@example.org`));
  const [holds, booked, waiting]: [string[], string[], string[]] = [[], [], []];
  const codes: string[] = [];
  for (const citizen of citizens.slice(0, 3)) {
    holds.push(await citizen.hold(wish()));
    const day = slots.at(-1)!.date;
    waiting.push(await citizen.wait({ office, matter: matter.id, form: "phone" }, day, day));
  }
  for (const citizen of citizens.slice(3)) {
    const secret = await citizen.book(wish());
    booked.push(secret);
    codes.push((await citizen.view(secret)).code!);
  }
  const appointments = [];
  for (const { start } of slots.slice(30, 36)) {
    const made = await admin.call<Schemas["Appointment"]>("POST", "/appointments", {
      matter: matter.id,
      form: "phone",
      start,
      name: "Jan Obywatelski",
      phone: "600100200",
      language: "pl",
    });
    appointments.push(made.id);
  }
  const screen = await admin.call<Schemas["SecretAddress"]>("POST", "/queue-screen");
  const feed = await admin.call<Schemas["SecretAddress"]>("POST", "/calendar");
  const room = await admin.api.createRoom();
  const link = await admin.api.createLink(room.id);
  const system = await admin.api.call<Schemas["NewSystemCreated"]>("POST", "/api/v1/systems", {
    name: "EZD",
    scopes: ["booking_read", "booking_write"],
  });
  return {
    offices: [office],
    matters: [matter.id],
    officials: officials.map((one) => one.id),
    appointments,
    rooms: [room.id],
    starts: starts.slice(0, 100),
    days: [slots[0]!.date, slots.at(-1)!.date],
    months: [slots[0]!.date.slice(0, 7)],
    holds,
    booked,
    waiting,
    screens: [screen.url.split("#")[1]!],
    codes,
    feeds: [feed.url.split("/").at(-2)!],
    links: [link.split("#")[1]!],
    systems: [system.secret],
  };
}

/** Signed in anew, with a token for booking. */
async function staff(email: string) {
  const api = await Api.signIn(server, email);
  const me = await api.call<Schemas["Me"]>("GET", "/api/v1/me");
  const { token } = await api.call<Schemas["IssuedToken"]>("POST", "/api/v1/tokens", {
    audience: "booking",
  });
  return { api, me, caller: { cookie: api.cookieFor().value, token, self: me.id } };
}

/** What a run is worth depends on the caller still being who they were. */
async function still(who: Awaited<ReturnType<typeof staff>>): Promise<void> {
  const me = await who.api.call<Schemas["Me"]>("GET", "/api/v1/me");
  expect(me.roles).toEqual(who.me.roles);
}

const run = (caller: object, args: string[]) => schemathesis(server, caller, things, args);

test("what anybody may call", { timeout: 10 * MINUTES }, async () => {
  expect(await run({}, only(PUBLIC))).toBe("");
});

test("what an official may call", { timeout: 10 * MINUTES }, async () => {
  const who = await staff(PEOPLE.official);
  // Most of it is the administrator's as well; this looks at what is refused to officials.
  const left = without(PUBLIC, ENDS_SESSION, OPERATOR, SERVICE, ["^/media/"]);
  const few = ["--phases", "fuzzing", "--max-examples", "4"];
  expect(await run(who.caller, [...left, ...few])).toBe("");
  await still(who);
});

test("what an operator may call", { timeout: 10 * MINUTES }, async () => {
  const who = await staff(PEOPLE.operator);
  expect(await run(who.caller, only(OPERATOR, SERVICE))).toBe("");
  await still(who);
});

test("what another system may call", { timeout: 10 * MINUTES }, async () => {
  const [secret] = things.systems!;
  const body = { secret, audience: "booking" };
  const { token } = await admin.api.call<Schemas["IssuedToken"]>(
    "POST",
    "/api/v1/systems/token",
    body,
  );
  const few = ["--phases", "fuzzing", "--max-examples", "4"];
  expect(await run({ token }, [...only(["^/booking/"]), ...without(PUBLIC), ...few])).toBe("");
});

test("what an encoder may call", { timeout: 10 * MINUTES }, async () => {
  const { token } = await admin.api.createStream(things.rooms![0]!, "publish", "Sala");
  expect(await run({ token }, only(["^/media/"]))).toBe("");
});

test("what ends a session", { timeout: 10 * MINUTES }, async () => {
  const { caller } = await staff(PEOPLE.colleague);
  expect(await run(caller, only(ENDS_SESSION))).toBe("");
});

// The last, since it takes away what the others need.
test("what an administrator of an office may call", { timeout: 10 * MINUTES }, async () => {
  const who = await staff(PEOPLE.admin);
  const left = without(PUBLIC, ENDS_SESSION, OPERATOR, SERVICE, ["^/media/"]);
  expect(await run(who.caller, left)).toBe("");
  await still(who);
});
