// axe on every page in its main states, in three languages, on a telephone and on a desktop.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Api } from "./support/api";
import { axe } from "./support/axe";
import { type Person, launchChromium, newPerson } from "./support/chromium";
import { LOOKS } from "./support/looks";
import { PEOPLE, carrySession, chooseLanguage } from "./support/people";
import { Server } from "./support/server";
import { sideways } from "./support/sideways";

let server: Server;
let browser: Browser;
/** Everybody's session; one sign-in each, for sign-ins are limited. */
let official: Api;
let admin: Api;
let operator: Api;

beforeAll(async () => {
  server = await Server.start({ port: 8130 });
  official = await Api.signIn(server, PEOPLE.official);
  admin = await Api.signIn(server, PEOPLE.admin);
  operator = await Api.signIn(server, PEOPLE.operator);
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
});

async function check(person: Person, where: string): Promise<string[]> {
  await person.page.getByRole("heading", { level: 1 }).first().waitFor();
  // Skeletons and entering animations are not what a person reads.
  await person.page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  const found = await axe(person.page);
  found.push(...(await sideways(person.page)));
  return found.map((violation) => `${where}: ${violation}`);
}

describe.each(LOOKS)("in $locale on a $size", ({ locale, viewport, size: name }) => {
  test("pages for everyone", async () => {
    const room = await official.createRoom();
    const links = {
      lobby: await official.createLink(room.id),
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

  test("pages for staff", async () => {
    const found: string[] = [];
    const room = await official.createRoom({
      title: "Sprawa z długim tematem",
      invitees: [{ email: "jan@example.pl", name: "Jan", language: "pl", role: "participant" }],
    } as never);
    const pages: [Api, string[]][] = [
      [
        official,
        [
          "/",
          "/rooms/new",
          `/rooms/${room.id}`,
          `/rooms/${room.id}/edit`,
          `/rooms/${room.id}/call`,
          "/account/settings",
          "/admin/people",
        ],
      ],
      [admin, ["/admin/people", "/admin/departments", "/admin/office", "/admin/audit"]],
      [operator, ["/operator", "/operator/outbox", "/operator/mailbox"]],
    ];
    for (const [api, paths] of pages) {
      const person = await newPerson(browser, { viewport, locale });
      await carrySession(person, api);
      await chooseLanguage(person, locale);
      for (const path of paths) {
        await person.page.goto(`${server.url}${path}`);
        await person.page.getByRole("heading", { level: 1 }).first().waitFor();
        expect(await person.page.locator("html").getAttribute("lang")).toBe(locale.slice(0, 2));
        found.push(...(await check(person, `${name} ${path}`)));
      }
      await person.context.close();
    }
    expect(found).toEqual([]);
  });
});
