// From "I have a matter" to the end of the call: booked on a telephone, opened from the mail at the
// hour, met in the official's browser, marked done. Once by mouse and once by keyboard only.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Api } from "./support/api";
import { axe } from "./support/axe";
import {
  codeFor,
  confirmByMail,
  Desk,
  linkIn,
  mailTo,
  publicOffice,
  SOON,
  takeNext,
  toMatter,
} from "./support/booking";
import { callState, expectSound, expectVideos } from "./support/call";
import { PHONE, launchChromium, newPerson } from "./support/chromium";
import { pressOn, tabTo } from "./support/keyboard";
import {
  PEOPLE,
  button,
  carrySession,
  devicesOn,
  inCall,
  openPanel,
  unexpectedErrors,
} from "./support/people";
import { Server } from "./support/server";
import { sideways } from "./support/sideways";
import { SmtpServer } from "./support/smtp";
import { waitFor } from "./support/wait";

let smtp: SmtpServer;
let server: Server;
let browser: Browser;
let official: Api;
let desk: Desk;
let matter: string;

beforeAll(async () => {
  smtp = new SmtpServer(2527);
  await smtp.start();
  server = await Server.start({ port: 8195, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  official = await Api.signIn(server, PEOPLE.official);
  // The next slot begins within five minutes, whatever day and hour it is.
  desk = await Desk.of(server, await Api.signIn(server, PEOPLE.admin));
  matter = (await desk.openNow("Anna Nowak")).matter;
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await smtp.dispose();
});

/** Both see a moving picture of the other and hear them. */
async function meet(one: Page, other: Page): Promise<void> {
  await Promise.all([inCall(one), inCall(other)]);
  await Promise.all([expectVideos(one, 1), expectVideos(other, 1)]);
  await Promise.all([expectSound(one), expectSound(other)]);
}

test("by mouse", async () => {
  const name = "Jan Obywatelski";
  const address = "jan.obywatelski@example.pl";
  const citizen = await newPerson(browser, { viewport: PHONE });
  const clerk = await newPerson(browser);
  await carrySession(clerk, official);

  await toMatter(citizen.page, server, SOON);
  await citizen.page.getByLabel("Rozmowa wideo").check();
  await takeNext(citizen.page);
  await citizen.page.getByLabel("Imię i nazwisko", { exact: true }).fill(name);
  await citizen.page.getByLabel("Adres e-mail").fill(address);
  await confirmByMail(citizen.page, smtp, address);

  // Another day, another tab: all there is of it is the mail.
  const mail = await mailTo(smtp, address, 2);
  const manage = linkIn(mail, "/booking/appointment#");
  await citizen.page.goto("about:blank");
  await citizen.page.goto(manage);
  await citizen.page.getByRole("heading", { name: "Twoja wizyta" }).waitFor();
  const enter = citizen.page.getByRole("link", { name: "Wejdź do rozmowy" });
  expect(await enter.getAttribute("href")).toBe(linkIn(mail, "/j#"));
  await enter.click();
  await devicesOn(citizen.page);
  await citizen.page.getByLabel("Imię i nazwisko").fill(name);
  await button(citizen.page, "Wejdź do poczekalni").click();
  await citizen.page.getByRole("heading", { name: "Poczekalnia" }).waitFor();

  await clerk.page.goto(`${server.url}/appointments`);
  await clerk.page.getByText("1 osoba w poczekalni wideo").waitFor();
  const opened = clerk.context.waitForEvent("page");
  await clerk.page.getByRole("link", { name: `Rozpocznij rozmowę wideo: ${name}` }).click();
  const room = await opened;
  await devicesOn(room);
  await button(room, "Wejdź na spotkanie").click();
  await inCall(room);
  await openPanel(room, "Ludzie");
  await button(room, `Wpuść: ${name}`).click();
  await meet(room, citizen.page);
  await room.close();

  await clerk.page.bringToFront();
  await clerk.page.getByRole("button", { name: `Zakończ wizytę: ${name}` }).click();
  await clerk.page.getByText(`${name}: wizyta zakończona`).waitFor();
  await citizen.page.goto(manage);
  await citizen.page.getByRole("heading", { name: "Wizyta zakończona" }).waitFor();
  expect(unexpectedErrors([citizen, clerk])).toEqual([]);
  expect(server.output).not.toContain("panicked");
  await citizen.context.close();
  await clerk.context.close();
});

test("by keyboard only", async () => {
  const name = "Ola Klawisz";
  const address = "ola.klawisz@example.pl";
  const { page: citizen, context } = await newPerson(browser, { viewport: PHONE });
  const clerk = await newPerson(browser);
  await carrySession(clerk, official);

  await citizen.goto(`${server.url}/booking`);
  await tabTo(citizen, "Gdzie chcesz załatwić sprawę?");
  await citizen.keyboard.type("00-950");
  await citizen.keyboard.press("Enter");
  await citizen.getByRole("heading", { name: "Znaleziono 1 urząd" }).waitFor();
  await pressOn(citizen, /^Urząd Miasta Przykładowo/);
  await citizen.getByRole("heading", { name: "Z czym przychodzisz?" }).waitFor();
  await pressOn(citizen, SOON);
  await citizen.getByRole("heading", { name: "Jak chcesz się spotkać?" }).waitFor();
  // Inside a group of choices the arrows move, and choose.
  await tabTo(citizen, /^W urzędzie/);
  await tabTo(citizen, /^Rozmowa wideo/, { key: "ArrowDown", most: 3 });
  await pressOn(citizen, "Pokaż wolne terminy");
  await pressOn(citizen, "Wybierz ten termin");
  await citizen.getByRole("heading", { name: "Twoje dane" }).waitFor();
  await tabTo(citizen, "Imię i nazwisko");
  await citizen.keyboard.type(name);
  await tabTo(citizen, "Adres e-mail");
  await citizen.keyboard.type(address);
  await citizen.keyboard.press("Enter");
  await citizen.getByRole("heading", { name: "Wpisz kod z wiadomości" }).waitFor();
  await tabTo(citizen, "Kod");
  await citizen.keyboard.type(await codeFor(smtp, address));
  await citizen.keyboard.press("Enter");
  await citizen.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();

  await citizen.goto("about:blank");
  await citizen.goto(linkIn(await mailTo(smtp, address, 2), "/booking/appointment#"));
  await citizen.getByRole("heading", { name: "Twoja wizyta" }).waitFor();
  await pressOn(citizen, "Wejdź do rozmowy");
  await devicesOn(citizen);
  await tabTo(citizen, /^Imię i nazwisko/);
  await citizen.keyboard.press("ControlOrMeta+a");
  await citizen.keyboard.type(name);
  await pressOn(citizen, "Wejdź do poczekalni");
  await citizen.getByRole("heading", { name: "Poczekalnia" }).waitFor();

  await clerk.page.goto(`${server.url}/appointments`);
  await clerk.page.getByText("1 osoba w poczekalni wideo").waitFor();
  const opened = clerk.context.waitForEvent("page");
  await pressOn(clerk.page, new RegExp(`^Rozpocznij rozmowę wideo: ${name}`));
  const room = await opened;
  await devicesOn(room);
  await pressOn(room, "Wejdź na spotkanie");
  await inCall(room);
  await waitFor("the citizen in the waiting list", 10_000, () =>
    callState(room, (state) => state.waiting.length === 1),
  );
  await room.keyboard.press("p");
  await pressOn(room, `Wpuść: ${name}`);
  await meet(room, citizen);
  await room.close();

  await clerk.page.bringToFront();
  await pressOn(clerk.page, `Zakończ wizytę: ${name}`);
  await clerk.page.getByText(`${name}: wizyta zakończona`).waitFor();
  await context.close();
  await clerk.context.close();
});

test("who comes to the office says so at the kiosk", async () => {
  const name = "Zofia Obecna";
  const { code } = await desk.bookForCaller(matter, "in_person", name);
  const office = await publicOffice(server);
  const { page, context } = await newPerson(browser, { viewport: PHONE });
  await page.goto(`${server.url}/booking/kiosk/${office.id}`);
  await page.getByRole("heading", { name: "Zgłoś, że jesteś" }).waitFor();
  // The keys on the screen, since a kiosk has no others.
  for (const sign of "34679CDF") await button(page, sign).click();
  await button(page, "Jestem na miejscu").click();
  await page.getByRole("alert").getByText("Nie ma wizyty o tym kodzie").waitFor();
  for (let n = 0; n < 8; n += 1) await button(page, "Usuń ostatni znak").click();
  for (const sign of String(code).replace("-", "")) await button(page, sign).click();
  await button(page, "Jestem na miejscu").click();
  await page.getByRole("heading", { name: "Dzień dobry! Urząd wie, że jesteś" }).waitFor();
  expect(await axe(page)).toEqual([]);
  expect(await sideways(page)).toEqual([]);
  // The screen shows the code and never a name.
  expect(await page.getByText(name).count()).toBe(0);
  await button(page, "Gotowe").click();
  await page.getByRole("heading", { name: "Zgłoś, że jesteś" }).waitFor();

  const clerk = await newPerson(browser);
  await carrySession(clerk, official);
  await clerk.page.goto(`${server.url}/appointments`);
  await clerk.page.getByRole("button", { name: `Wezwij: ${name}` }).waitFor();
  await clerk.context.close();
  await context.close();
});
