// axe on every page in its main states, in three languages, on a telephone and on a desktop.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Api } from "./support/api";
import { axe } from "./support/axe";
import { DESKTOP, PHONE, type Person, launchChromium, newPerson } from "./support/chromium";
import { PEOPLE, carrySession } from "./support/people";
import { Server } from "./support/server";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.start({ port: 8130 });
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
});

async function check(person: Person, where: string): Promise<string[]> {
  await person.page.locator("main, [role=main]").first().waitFor();
  // Skeletons and entering animations are not what a person reads.
  await person.page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  const found = await axe(person.page);
  const width = await person.page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  if (width.content > width.window) found.push(`scrolls sideways: ${JSON.stringify(width)}`);
  return found.map((violation) => `${where}: ${violation}`);
}

const LANGUAGES = ["pl-PL", "en-GB", "uk-UA"];
const VIEWPORTS = { desktop: DESKTOP, phone: PHONE };

describe.each(LANGUAGES)("in %s", (locale) => {
  test.each(Object.entries(VIEWPORTS))("pages for everyone, on a %s", async (name, viewport) => {
    const api = await Api.signIn(server, PEOPLE.official);
    const room = await api.createRoom();
    const links = {
      lobby: await api.createLink(room.id),
      broken: `${server.url}/j#${"x".repeat(43)}`,
    };
    const person = await newPerson(browser, { viewport, locale });
    const found: string[] = [];
    for (const path of ["/sign-in", "/nowhere", "/setup#abc", "/account#abc", "/j"]) {
      await person.page.goto(`${server.url}${path}`);
      found.push(...(await check(person, `${name} ${path}`)));
    }
    for (const [state, link] of Object.entries(links)) {
      await person.page.goto("about:blank");
      await person.page.goto(link);
      await person.page.getByRole("heading", { level: 1 }).waitFor();
      found.push(...(await check(person, `${name} ${state}`)));
    }
    expect(found).toEqual([]);
    await person.context.close();
  });

  test.each(Object.entries(VIEWPORTS))("pages for staff, on a %s", async (name, viewport) => {
    const found: string[] = [];
    const official = await Api.signIn(server, PEOPLE.official);
    const room = await official.createRoom({
      title: "Sprawa z długim tematem",
      invitees: [{ email: "jan@example.pl", name: "Jan", language: "pl", role: "participant" }],
    } as never);
    const pages: Record<string, string[]> = {
      [PEOPLE.official]: [
        "/",
        "/rooms/new",
        `/rooms/${room.id}`,
        `/rooms/${room.id}/edit`,
        `/rooms/${room.id}/call`,
        "/account/settings",
        "/admin/people",
      ],
      [PEOPLE.admin]: ["/admin/people", "/admin/departments", "/admin/office", "/admin/audit"],
      [PEOPLE.operator]: ["/operator", "/operator/outbox", "/operator/mailbox"],
    };
    for (const [email, paths] of Object.entries(pages)) {
      const person = await newPerson(browser, { viewport, locale });
      await carrySession(person, await Api.signIn(server, email));
      for (const path of paths) {
        await person.page.goto(`${server.url}${path}`);
        await person.page.getByRole("heading", { level: 1 }).first().waitFor();
        found.push(...(await check(person, `${name} ${path}`)));
      }
      await person.context.close();
    }
    expect(found).toEqual([]);
  });
});
