// A citizen books on a telephone: by mouse, by keyboard alone, and in every state through axe.

import { readFileSync } from "node:fs";

import ICAL from "ical.js";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Api } from "./support/api";
import { axe } from "./support/axe";
import {
  ADVICE,
  CARD,
  codeFor,
  confirmByMail,
  Desk,
  linkIn,
  mailTo,
  publicOffice,
  remembers,
  takeNext,
  toMatter,
} from "./support/booking";
import { PHONE, launchChromium, newPerson } from "./support/chromium";
import { pressOn, tabTo } from "./support/keyboard";
import { LOOKS } from "./support/looks";
import { PEOPLE, button, unexpectedErrors } from "./support/people";
import { Server } from "./support/server";
import { sideways } from "./support/sideways";
import { SmtpServer } from "./support/smtp";
import { waitFor } from "./support/wait";

let smtp: SmtpServer;
let server: Server;
let browser: Browser;

beforeAll(async () => {
  smtp = new SmtpServer(2526);
  await smtp.start();
  server = await Server.start({ port: 8190, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
  await smtp.dispose();
});

function textOf(content: string | ArrayBuffer | Uint8Array | undefined): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}

/** The one event of a calendar file. */
function eventOf(ics: string): { uid: string; start: string } {
  const calendar = new ICAL.Component(ICAL.parse(ics) as unknown[]);
  const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent")!);
  return { uid: event.uid, start: event.startDate.toJSDate().toISOString() };
}

/** What the page says about when the appointment is, e.g. `poniedziałek, 30 listopada 2026, 10:00–10:15`. */
const when = (page: Page) => page.locator("dl dd").first().innerText();

test("books, moves and cancels on a telephone, and nothing stays in the browser", async () => {
  const address = "jan.obywatelski@example.pl";
  const person = await newPerson(browser, { viewport: PHONE });
  const { page } = person;

  await page.goto(`${server.url}/sign-in`);
  await page.getByRole("link", { name: "Umów wizytę w urzędzie" }).click();
  await page.getByRole("heading", { name: "Umów wizytę w urzędzie", level: 1 }).waitFor();

  await toMatter(page, server, ADVICE);
  await page.getByText("Numer działki").waitFor();
  await page.getByLabel("Rozmowa wideo").check();
  await page.getByLabel("Ile osób przyjdzie").selectOption("2");
  await button(page, "Pokaż wolne terminy").click();
  await page.getByRole("heading", { name: "Kiedy?" }).waitFor();
  // Back and forward keep what was chosen.
  await page.goBack();
  expect(await page.getByLabel("Rozmowa wideo").isChecked()).toBe(true);
  await page.goForward();

  await button(page, "Miesiąc").click();
  await button(page, "Następny miesiąc").click();
  await page
    .getByRole("button", { name: /wolnych terminów$|wolne terminy$/ })
    .first()
    .click();
  await page
    .getByRole("button", { name: /^\d\d:\d\d / })
    .first()
    .waitFor();
  // The month view is a place to come back to.
  await page.goBack();
  await page.goBack();
  await button(page, "Lista").and(page.locator("[aria-pressed=true]")).waitFor();
  await button(page, "Pokaż późniejsze terminy").click();
  const times = page.getByRole("button", { name: /^\d\d:\d\d / });
  await waitFor("later times", 10_000, async () => (await times.count()) > 40);
  await times.nth(45).click();

  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  await page.getByText(/Termin czeka na Ciebie jeszcze (9|10):/).waitFor();
  await button(page, "Wyślij kod na e-mail").click();
  await page.getByRole("link", { name: "Podaj imię i nazwisko", exact: true }).click();
  await page.keyboard.type("Jan Obywatelski");
  await page.getByLabel("Adres e-mail").fill(address);
  await page.getByLabel("Umawiam wizytę dla innej osoby").check();
  await page.getByLabel("Imię i nazwisko tej osoby").fill("Maria Obywatelska");
  await page.getByLabel(/^Czego potrzebujesz/).fill("Poruszam się na wózku.");
  // A reload, and a look back at the times, lose nothing.
  await page.reload();
  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  expect(await page.getByLabel("Adres e-mail").inputValue()).toBe(address);
  await page.goBack();
  await page.getByRole("link", { name: "Dokończ rezerwację" }).click();
  expect(await page.getByLabel("Imię i nazwisko tej osoby").inputValue()).toBe("Maria Obywatelska");

  await button(page, "Wyślij kod na e-mail").click();
  await page.getByLabel("Kod", { exact: true }).fill("000000");
  await button(page, "Umów wizytę").click();
  await page.getByRole("link", { name: /^Kod jest nieprawidłowy/ }).waitFor();
  await page.getByLabel("Kod", { exact: true }).fill(await codeFor(smtp, address));
  await button(page, "Umów wizytę").click();
  await page.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();
  const booked = await when(page);
  expect(await page.getByText(/^[34679CDFHJKMNPRTVWX]{4}-[34679CDFHJKMNPRTVWX]{4}$/).count()).toBe(
    1,
  );
  await page.getByText("Maria Obywatelska").waitFor();
  await page.getByText("2 osoby").waitFor();
  for (const private_ of [address, "Obywatelsk", "wózku"]) {
    expect(await remembers(page, private_)).toBe(false);
  }
  // Back leads to nothing that was typed.
  await page.goBack();
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.getByText("Obywatelsk").count()).toBe(0);

  // The link of the mail shows it; looking changes nothing.
  const confirmation = await mailTo(smtp, address, 2);
  const link = linkIn(confirmation, "/booking/appointment#");
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("heading", { name: "Twoja wizyta" }).waitFor();
  expect(await when(page)).toBe(booked);
  await page.getByRole("link", { name: "Sprawdź kamerę i mikrofon" }).waitFor();

  // The entry that the page gives and that of the mail are one for a calendar.
  const downloading = page.waitForEvent("download");
  await button(page, "Dodaj do kalendarza").click();
  const file = readFileSync(await (await downloading).path(), "utf8");
  const mailed = confirmation.attachments.find((part) => part.mimeType === "text/calendar");
  const [given, sent] = [file, textOf(mailed?.content)].map((ics) => eventOf(ics));
  expect(given?.uid).toBe(sent?.uid);
  expect(given?.start).toBe(sent?.start);

  await button(page, "Przełóż wizytę").click();
  await page
    .getByRole("button", { name: /^\d\d:\d\d / })
    .nth(3)
    .click();
  await page.getByRole("heading", { name: /^Przełożyć na:/ }).waitFor();
  await button(page, "Przełóż wizytę").click();
  await page.getByText("Wizyta jest przełożona.").waitFor();
  expect(await when(page)).not.toBe(booked);
  await mailTo(smtp, address, 3);

  await button(page, "Odwołaj wizytę").click();
  await page.getByRole("heading", { name: "Odwołać tę wizytę?" }).waitFor();
  await page.getByLabel(/^Powód/).fill("Wyjeżdżam.");
  await button(page, "Odwołaj wizytę").click();
  await page.getByRole("heading", { name: "Wizyta odwołana" }).waitFor();
  expect((await mailTo(smtp, address, 4)).subject).toContain("Odwołana");
  expect(unexpectedErrors([person]).filter((error) => !/422 .*holds\/confirm/.test(error))).toEqual(
    [],
  );
  await person.context.close();
});

test("books by keyboard only", async () => {
  const address = "ola.klawisz@example.pl";
  const { page, context } = await newPerson(browser, { viewport: PHONE });
  await page.goto(`${server.url}/booking`);
  await tabTo(page, "Gdzie chcesz załatwić sprawę?");
  await page.keyboard.type("przykładówek");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Znaleziono 1 urząd" }).waitFor();
  await pressOn(page, /^Urząd Miasta Przykładowo/);
  await page.getByRole("heading", { name: "Z czym przychodzisz?" }).waitFor();
  await pressOn(page, CARD);
  await page.getByRole("heading", { name: "Jak chcesz się spotkać?" }).waitFor();
  await pressOn(page, "Pokaż wolne terminy");
  await page.getByRole("heading", { name: "Kiedy?" }).waitFor();
  await pressOn(page, /^Miesiąc/);
  await page.getByRole("table").waitFor();
  await pressOn(page, "Następny miesiąc");
  await pressOn(page, /: \d+ woln/);
  // The focus is at the day's heading; its times follow.
  await page
    .getByRole("button", { name: /^\d\d:\d\d / })
    .first()
    .waitFor();
  await pressOn(page, /^\d\d:\d\d /);
  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  await tabTo(page, "Imię i nazwisko");
  await page.keyboard.type("Ola Klawisz");
  await tabTo(page, "Adres e-mail");
  await page.keyboard.type(address);
  // The one question of this matter was overlooked: the summary takes the focus and leads there.
  await page.keyboard.press("Enter");
  await pressOn(page, "Odpowiedz na pytanie: W jakim celu?");
  await page.keyboard.press("Space");
  await pressOn(page, "Wyślij kod na e-mail");
  await page.getByRole("heading", { name: "Wpisz kod z wiadomości" }).waitFor();
  await tabTo(page, "Kod");
  await page.keyboard.type(await codeFor(smtp, address));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();
  await pressOn(page, "Odwołaj wizytę");
  await page.getByRole("heading", { name: "Odwołać tę wizytę?" }).waitFor();
  await pressOn(page, "Odwołaj wizytę");
  await page.getByRole("heading", { name: "Wizyta odwołana" }).waitFor();
  await context.close();
});

test("warns before a hold ends, loses nothing that was typed, and keeps the slot once more", async () => {
  const address = "ewa.powolna@example.pl";
  const { page, context } = await newPerson(browser, { viewport: PHONE });
  await page.clock.install();
  await toMatter(page, server, ADVICE);
  await takeNext(page);
  await page.getByLabel("Imię i nazwisko", { exact: true }).fill("Ewa Powolna");
  await page.getByLabel("Adres e-mail").fill(address);
  const warning = page.getByRole("status").filter({ hasText: "Zostały 2 minuty" });
  expect(await warning.count()).toBe(0);
  await page.clock.fastForward("08:01");
  await warning.waitFor({ state: "attached" });
  await page.clock.fastForward("02:00");
  await page.getByRole("alert").getByText("Minął czas na potwierdzenie terminu").waitFor();
  expect(await button(page, "Wyślij kod na e-mail").count()).toBe(0);
  expect(await page.getByLabel("Adres e-mail").inputValue()).toBe(address);
  await page.getByRole("link", { name: "Wybierz inny termin" }).click();
  await page
    .getByRole("button", { name: /^\d\d:\d\d / })
    .nth(1)
    .click();
  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  expect(await page.getByLabel("Imię i nazwisko", { exact: true }).inputValue()).toBe(
    "Ewa Powolna",
  );
  await context.close();
});

test("says so when somebody else was faster, and shows what is left", async () => {
  const api = await Api.signIn(server, PEOPLE.admin);
  const desk = await Desk.of(server, api);
  const { matter } = await desk.openNow("Jan Kowalski");
  const office = await publicOffice(server);
  const { page, context } = await newPerson(browser, { viewport: PHONE });
  await page.goto(`${server.url}/booking/${office.id}/${matter}/times?form=in_person`);
  const first = page.getByRole("button", { name: /^\d\d:\d\d / }).nth(1);
  const name = await first.innerText();
  const start = await first.getAttribute("data-start");
  await desk.call("POST", "/appointments", {
    matter,
    form: "in_person",
    start,
    name: "Ktoś Szybszy",
    language: "pl",
  });
  await first.click();
  await page.getByRole("alert").getByText("Ten termin jest już zajęty").waitFor();
  await waitFor("the list without it", 10_000, async () => {
    const times = await page
      .locator("[data-start]")
      .evaluateAll((all) => all.map((one) => one.getAttribute("data-start")));
    return times.length > 0 && !times.includes(start);
  });
  expect(name).not.toBe("");
  await context.close();
});

test("words that are longer than the telephone is wide break, and no page scrolls sideways", async () => {
  const long = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft";
  const address = `${"d".repeat(60)}@${"x".repeat(50)}.example.pl`;
  const admin = await Desk.of(server, await Api.signIn(server, PEOPLE.admin));
  const officials = await admin.call<{ id: string }[]>("GET", "/officials");
  const { id: matter } = await admin.call<{ id: string }>("POST", "/matters", {
    name: { pl: `Zezwolenie na ${long}` },
    description: { pl: `${long} ${long}` },
    forms: ["in_person", "phone"],
    duration_minutes: 30,
    horizon_days: 30,
    officials: officials.map((one) => one.id),
    pick_official: true,
    max_people: 3,
    documents: [{ pl: long }],
    questions: [{ key: "q", kind: "text", label: { pl: long }, required: false }],
    position: 8,
  });
  const office = (await publicOffice(server)).id;
  const { page, context } = await newPerson(browser, { viewport: { width: 320, height: 640 } });
  const found: string[] = [];
  const look = async (where: string) => {
    found.push(...(await sideways(page)).map((place) => `${where}: ${place}`));
  };
  await page.goto(`${server.url}/booking/${office}`);
  await page.getByRole("link", { name: /^Zezwolenie/ }).waitFor();
  await look("matters");
  await page.getByRole("link", { name: /^Zezwolenie/ }).click();
  await button(page, "Pokaż wolne terminy").waitFor();
  await look("form");
  await page.goto(`${server.url}/booking/${office}/${matter}/waiting?form=phone`);
  await page.getByLabel("Adres e-mail").waitFor();
  await look("waiting list");
  await page.goto(`${server.url}/booking/${office}/${matter}/times?form=phone`);
  await button(page, "Wybierz ten termin").waitFor();
  await look("times");
  await button(page, "Wybierz ten termin").click();
  await page.getByLabel("Imię i nazwisko", { exact: true }).fill(long);
  await page.getByLabel("Adres e-mail").fill(address);
  await page.getByLabel(/^Numer telefonu/).fill("600 100 300");
  await page.getByLabel(/^Czego potrzebujesz/).fill(long);
  await look("details");
  await button(page, "Wyślij kod na e-mail").click();
  await page.getByLabel("Kod", { exact: true }).waitFor();
  await look("code");
  await page.getByLabel("Kod", { exact: true }).fill(await codeFor(smtp, address));
  await button(page, "Umów wizytę").click();
  await page.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();
  await look("appointment");
  expect(found).toEqual([]);
  await context.close();
});

test("offers a freed slot to whoever waits", async () => {
  const address = "czekam@example.pl";
  const office = await publicOffice(server);
  const { page, context } = await newPerson(browser, { viewport: PHONE });
  await toMatter(page, server, ADVICE);
  await button(page, "Pokaż wolne terminy").click();
  await page.getByRole("link", { name: "Zapisz się na listę oczekujących" }).click();
  await page.getByRole("heading", { name: "Lista oczekujących" }).waitFor();
  await page.getByLabel("Imię i nazwisko").fill("Adam Cierpliwy");
  await page.getByLabel("Adres e-mail").fill(address);
  await button(page, "Zapisz mnie na listę").click();
  await page.getByLabel("Kod", { exact: true }).fill(await codeFor(smtp, address));
  await button(page, "Potwierdź miejsce na liście").click();
  await page.getByRole("heading", { name: "Jesteś na liście oczekujących" }).waitFor();
  expect(page.url()).toContain("/booking/waiting#");

  // Somebody else books and gives it back.
  const other = await newPerson(browser, { viewport: PHONE });
  await toMatter(other.page, server, ADVICE);
  await button(other.page, "Pokaż wolne terminy").click();
  await other.page
    .getByRole("button", { name: /^\d\d:\d\d / })
    .nth(30)
    .click();
  await other.page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  await other.page.getByLabel("Imię i nazwisko", { exact: true }).fill("Zofia Zmienna");
  await other.page.getByLabel("Adres e-mail").fill("zmienna@example.pl");
  await confirmByMail(other.page, smtp, "zmienna@example.pl");
  const freed = await when(other.page);
  await button(other.page, "Odwołaj wizytę").click();
  await other.page.getByRole("heading", { name: "Odwołać tę wizytę?" }).waitFor();
  await button(other.page, "Odwołaj wizytę").click();
  await other.page.getByRole("heading", { name: "Wizyta odwołana" }).waitFor();
  await other.context.close();

  // After the code, and after the word that they are on the list.
  const offer = linkIn(await mailTo(smtp, address, 3), "/booking/offer#");
  await page.goto(offer);
  await page.getByRole("heading", { name: "Termin czeka na potwierdzenie" }).waitFor();
  expect(await when(page)).toBe(freed);
  await button(page, "Potwierdź termin").click();
  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
  expect(page.url()).toContain(office.id);
  await page.getByLabel("Imię i nazwisko", { exact: true }).fill("Adam Cierpliwy");
  await button(page, "Umów wizytę").click();
  await page.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();
  expect(await when(page)).toBe(freed);
  await context.close();
});

describe("axe finds nothing", () => {
  test.each(LOOKS)("in $locale on a $size", { timeout: 240_000 }, async (as) => {
    const { locale, size, viewport } = as;
    const office = await publicOffice(server);
    const address = `${locale.slice(0, 2)}.${size}@example.pl`;
    const person = await newPerson(browser, { viewport, locale });
    const { page } = person;
    const found: string[] = [];
    const look = async (state: string) => {
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
      found.push(...(await sideways(page)).map((place) => `${state}: ${place}`));
      found.push(...(await axe(page)).map((violation) => `${state}: ${violation}`));
    };
    const go = (path: string) => page.goto(`${server.url}${path}`);
    const submit = () => page.locator("main form button[type=submit]").last().click();
    const fill = (selector: string, text: string) => page.locator(selector).fill(text);

    await go("/booking");
    await page.locator("main li").first().waitFor();
    await look("offices");
    await go("/booking?q=99-999");
    await page.getByText("99-999").first().waitFor();
    await look("no office");
    await go(`/booking/${office.id}`);
    await page.locator("main li").first().waitFor();
    await look("matters");
    await page.locator("main li a").nth(1).click();
    await page.locator("main form").waitFor();
    await look("form");
    const matter = new URL(page.url()).pathname.split("/")[3]!;
    await go(`/booking/${office.id}/${matter}/times?form=phone`);
    await page.locator("[data-start]").first().waitFor();
    await look("times");
    await page.locator("button[aria-pressed]").nth(1).click();
    await page.locator("table").waitFor();
    await look("month");
    await page.locator("main div > h2 + button").click();
    await page.locator("table button").first().click();
    await page.locator("[data-start]").first().waitFor();
    await look("day of a month");
    await page.locator("[data-start]").first().click();
    await page.waitForURL(/details/);
    await page.locator("main form").waitFor();
    await look("details");
    await page.locator("input[type=checkbox]").check();
    await submit();
    await page.getByRole("alert").first().waitFor();
    await look("details refused");
    await fill("input[autocomplete=name]", "Jan Obywatelski");
    await fill("input[type=email]", address);
    await fill("input[type=tel]", "600 000 000");
    await fill("input[autocomplete=off]", "Maria Obywatelska");
    await submit();
    await page.waitForURL(/code$/);
    await page.locator("main form").waitFor();
    await look("code");
    await fill("input[autocomplete=one-time-code]", "000000");
    await submit();
    await page.locator("[aria-invalid]").waitFor();
    await look("code refused");
    await fill("input[autocomplete=one-time-code]", await codeFor(smtp, address));
    await submit();
    await page.waitForURL(/appointment#/);
    await page.locator("main dl").waitFor();
    await look("booked");
    const own = page.url();
    await go(`/booking/${office.id}/${matter}/times?form=phone`);
    await page.locator("[data-start]").first().click();
    await page.waitForURL(/details/);
    await page.goBack();
    await page.getByRole("timer").waitFor();
    await look("times with one kept");
    await page.goto(own);
    await page.locator("section[aria-labelledby=change] button").first().click();
    await page.locator("[data-start]").first().waitFor();
    await look("move");
    await page.locator("[data-start]").nth(4).click();
    await page.waitForURL(/to=/);
    await look("move, sure");
    await page.locator("main button").first().click();
    await page.locator("main dl").waitFor();
    await look("moved");
    await page.locator("section[aria-labelledby=change] button").nth(1).click();
    await page.locator("textarea").waitFor();
    await look("cancel");
    await submit();
    await page.locator("textarea").waitFor({ state: "detached" });
    await look("cancelled");
    await go("/booking/appointment");
    await look("no link");
    await page.goto("about:blank");
    await go(`/booking/appointment#${"x".repeat(43)}`);
    await look("wrong link");
    await go(`/booking/${office.id}/${matter}/waiting?form=phone`);
    await page.locator("main form").waitFor();
    await look("waiting list");
    await submit();
    await page.getByRole("alert").first().waitFor();
    await look("waiting list refused");
    await fill("input[autocomplete=name]", "Jan Obywatelski");
    await fill("input[type=email]", `w.${address}`);
    await submit();
    await page.waitForURL(/waiting#/);
    await page.locator("main form").waitFor();
    await look("waiting list, code");
    await fill("input[autocomplete=one-time-code]", await codeFor(smtp, `w.${address}`));
    await submit();
    await page.locator("main input[readonly]").waitFor();
    await look("on the waiting list");
    await page.locator("main button").last().click();
    await page.locator("main input[readonly]").waitFor({ state: "detached" });
    await look("left the waiting list");
    await go(`/booking/kiosk/${office.id}`);
    await page.locator("main form").waitFor();
    await look("kiosk");
    await submit();
    await page.locator("[aria-invalid]").waitFor();
    await look("kiosk refused");
    expect(found).toEqual([]);
    await person.context.close();
  });

  test("while offline, and when a hold is over", async () => {
    const { page, context } = await newPerson(browser, { viewport: PHONE });
    await page.clock.install();
    await toMatter(page, server, ADVICE);
    await takeNext(page);
    await page.clock.fastForward("10:01");
    await page.getByRole("alert").first().waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole("link", { name: "Wybierz inny termin" }).click();
    await page
      .getByRole("button", { name: /^\d\d:\d\d / })
      .first()
      .waitFor();
    await context.setOffline(true);
    await page
      .getByRole("button", { name: /^\d\d:\d\d / })
      .first()
      .click();
    await page.getByText("Nie ma połączenia z serwerem.").waitFor();
    expect(await axe(page)).toEqual([]);
    await context.close();
  });
});
