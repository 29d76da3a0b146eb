// Invitations through a real SMTP server, with a calendar entry that another parser understands.

import ICAL from "ical.js";
import PostalMime, { type Email } from "postal-mime";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Api } from "./support/api";
import { PEOPLE } from "./support/people";
import { Server } from "./support/server";
import { SmtpServer } from "./support/smtp";
import { waitFor } from "./support/wait";
import type { components } from "../src/api/generated/schema";

type Room = components["schemas"]["Room"];

let smtp: SmtpServer;
let server: Server;
let api: Api;

beforeAll(async () => {
  smtp = new SmtpServer(2525);
  await smtp.start();
  server = await Server.start({ port: 8120, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  api = await Api.signIn(server, PEOPLE.official);
});
afterAll(async () => {
  await server.dispose();
  await smtp.dispose();
});

/** The calendar entry of a message: its method and its one event. */
function entryOf(email: Email): { method: string; event: ICAL.Event; component: ICAL.Component } {
  const part = email.attachments.find((found) => found.mimeType === "text/calendar");
  if (!part) throw new Error("the message has no calendar entry");
  const text =
    typeof part.content === "string" ? part.content : new TextDecoder().decode(part.content);
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const component = calendar.getFirstSubcomponent("vevent")!;
  return {
    method: String(calendar.getFirstPropertyValue("method")),
    event: new ICAL.Event(component),
    component,
  };
}

const plan = (email: string): Promise<Room> =>
  api.createRoom({
    title: "Odbiór prawa jazdy",
    // 25 October 2027 is in summer time, a week before the clocks go back.
    starts_at: "2027-10-25T08:00:00Z",
    invitees: [{ email, name: "Jan Obywatelski", language: "pl", role: "participant" }],
  } as never);

test("an invitation, its change and its cancellation are one calendar entry", async () => {
  const address = "jan@example.pl";
  const room = await plan(address);
  const invitation = await PostalMime.parse(await smtp.waitForMessage(address));
  expect(invitation.subject).toContain("Odbiór prawa jazdy");
  const link = /http:\/\/\S+\/j#[\w-]{22,}/.exec(invitation.text ?? "")?.[0];
  expect(link).toBeDefined();
  const request = entryOf(invitation);
  expect(request.method).toBe("REQUEST");
  expect(request.event.startDate.toJSDate().toISOString()).toBe("2027-10-25T08:00:00.000Z");
  expect(request.event.attendees[0]?.getFirstValue()).toBe(`mailto:${address}`);
  expect(JSON.stringify(request.component.toJSON())).toContain(link!);

  await api.call("PATCH", `/api/v1/rooms/${room.id}`, { starts_at: "2027-11-02T08:00:00Z" });
  const change = entryOf(await PostalMime.parse(await smtp.waitForMessage(address, 2)));
  expect(change.method).toBe("REQUEST");
  expect(change.event.uid).toBe(request.event.uid);
  expect(change.event.sequence).toBeGreaterThan(request.event.sequence ?? 0);
  // Winter time by then: the wall clock says nine.
  expect(change.event.startDate.toJSDate().toISOString()).toBe("2027-11-02T08:00:00.000Z");
  expect(change.event.startDate.hour).toBe(9);

  await api.call("DELETE", `/api/v1/rooms/${room.id}`);
  const cancel = entryOf(await PostalMime.parse(await smtp.waitForMessage(address, 3)));
  expect(cancel.method).toBe("CANCEL");
  expect(cancel.event.uid).toBe(request.event.uid);
  expect(cancel.event.sequence).toBeGreaterThan(change.event.sequence ?? 0);
});

test("a server in trouble delays a message, visibly, and loses none", async () => {
  smtp.refuse(true);
  const address = "ola@example.pl";
  const room = await plan(address);
  const invitee = async () =>
    (await api.call<Room>("GET", `/api/v1/rooms/${room.id}`)).invitees[0]!;
  const delayed = await waitFor("a refused attempt", 20_000, async () => {
    const { delivery } = await invitee();
    return delivery.state === "pending" && delivery.last_error ? delivery : null;
  });
  expect(delayed.last_error).toContain("451");
  smtp.refuse(false);
  await api.call("POST", `/api/v1/rooms/${room.id}/invitees/${(await invitee()).id}/resend`);
  await smtp.waitForMessage(address);
  await waitFor(
    "the state to say so",
    10_000,
    async () => (await invitee()).delivery.state === "sent",
  );
});

test("mail that was accepted by nobody yet survives a killed server", async () => {
  smtp.refuse(true);
  const address = "ewa@example.pl";
  await plan(address);
  await server.stop("SIGKILL");
  smtp.refuse(false);
  await server.start();
  await smtp.waitForMessage(address, 1, 60_000);
});
