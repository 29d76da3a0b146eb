// What people do in the pages, found the way a screen reader finds it: by role and name.

import type { Page } from "playwright-core";

import type { Person } from "./chromium";
import type { Api } from "./api";
import { type Server } from "./server";

/** The demo office's people; see `szpon serve --demo`. */
export const PEOPLE = {
  official: "anna.nowak@przykladowo.example",
  colleague: "jan.kowalski@przykladowo.example",
  trainer: "katarzyna.lewandowska@przykladowo.example",
  admin: "maria.wisniewska@przykladowo.example",
  operator: "piotr.zielinski@przykladowo.example",
} as const;

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

/** Signs in through the page. */
export async function signIn(page: Page, server: Server, email: string, password: string) {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("Adres e-mail").fill(email);
  await page.getByLabel("Hasło", { exact: true }).fill(password);
  await button(page, "Zaloguj się").click();
  await page.getByRole("heading", { name: "Spotkania", level: 1 }).waitFor();
}

/** Gives the browser the session of somebody who signed in by the API. */
export async function carrySession(person: Person, api: Api): Promise<void> {
  await person.context.addCookies([api.cookieFor()]);
}

/**
 * Camera and microphone on in the lobby. The fake prompt counts as granted beforehand, so the page
 * switches them on by itself, as for somebody who was here before.
 */
export async function devicesOn(page: Page): Promise<void> {
  await page.getByLabel("Podgląd z Twojej kamery").waitFor();
}

/** The citizen's lobby, up to the click on "Join". */
export async function prepareAsGuest(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await devicesOn(page);
  await page.getByLabel("Imię i nazwisko").fill(name);
}

/** Through the lobby into the waiting room. */
export async function enterWaitingRoom(page: Page, link: string, name: string): Promise<void> {
  await prepareAsGuest(page, link, name);
  await button(page, "Wejdź do poczekalni").click();
  await page.getByRole("heading", { name: "Poczekalnia" }).waitFor();
}

/** Through the lobby straight into a room without a waiting room. */
export async function joinAsGuest(page: Page, link: string, name: string): Promise<void> {
  await prepareAsGuest(page, link, name);
  await button(page, "Dołącz do spotkania").click();
  await inCall(page);
}

export async function joinAsStaff(page: Page, server: Server, room: string): Promise<void> {
  await page.goto(`${server.url}/rooms/${room}/call`);
  await devicesOn(page);
  await button(page, "Wejdź na spotkanie").click();
  await inCall(page);
}

export async function inCall(page: Page, ms = 20_000): Promise<void> {
  await page
    .getByRole("toolbar", { name: "Sterowanie rozmową" })
    .waitFor({ timeout: ms })
    .catch(async (error: unknown) => {
      const text = await page.locator("body").innerText();
      throw new Error(`not in the call: ${String(error)}\nthe page says: ${text.slice(0, 800)}`);
    });
}

/** Opens the panel unless it is open already. */
export async function openPanel(page: Page, panel: "Ludzie" | "Czat"): Promise<void> {
  const toggle = page
    .getByRole("toolbar", { name: "Sterowanie rozmową" })
    .getByRole("button", { name: new RegExp(`^${panel}`) });
  if ((await toggle.getAttribute("aria-pressed")) !== "true") await toggle.click();
}

/** Chooses something from the menu of one person in the people panel. */
export async function actOn(page: Page, name: string, action: string): Promise<void> {
  await openPanel(page, "Ludzie");
  await button(page, `Czynności: ${name}`).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

/**
 * What a browser logs although all is well: before the sign-in a page asks who is signed in, and is
 * told nobody; and it closes media sessions that the other side has closed already.
 */
const HARMLESS = [/401.*\/api\/v1\/me$/, /404.*\/media\/v1\/sessions\//];

/** Every other error of these pages; the list must be empty. */
export function unexpectedErrors(people: Person[]): string[] {
  return people
    .flatMap((person) => person.errors)
    .filter((error) => !HARMLESS.some((pattern) => pattern.test(error)));
}

/** As somebody does in the header: the account's language would hold otherwise. */
export async function chooseLanguage(person: Person, locale: string): Promise<void> {
  await person.context.addInitScript(
    (chosen) => localStorage.setItem("szpon.language", chosen),
    locale.slice(0, 2),
  );
}
