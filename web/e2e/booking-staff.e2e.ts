// The official's day and the office's description of itself, in the browser of those who work there.

import { readFile } from "node:fs/promises";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { components } from "../src/api/generated/schema";
import { axe } from "./support/axe";
import { BookingStaff } from "./support/booking-staff";
import { PHONE, type Person, launchChromium, newPerson } from "./support/chromium";
import { pressOn, tabTo } from "./support/keyboard";
import { LOOKS } from "./support/looks";
import {
  PEOPLE,
  button,
  carrySession,
  chooseLanguage,
  enterWaitingRoom,
  unexpectedErrors,
} from "./support/people";
import { Server } from "./support/server";
import { sideways } from "./support/sideways";
import { waitFor } from "./support/wait";
import { joinWaitingList } from "./support/waiting";

type Matter = components["schemas"]["Matter"];
type Resource = components["schemas"]["Resource"];
type SlotPage = components["schemas"]["SlotPage"];

let server: Server;
let browser: Browser;
/** One sign-in each, for sign-ins are limited. */
let anna: BookingStaff;
let jan: BookingStaff;
let maria: BookingStaff;
/** Of the demo office: at the office alone, and in every form. */
let card: Matter;
let advice: Matter;
/** Short, so that its next slot begins within minutes: the lobby of a call opens a little before. */
let soon: Matter;

beforeAll(async () => {
  server = await Server.start({ port: 8190 });
  anna = await BookingStaff.signIn(server, PEOPLE.official);
  jan = await BookingStaff.signIn(server, PEOPLE.colleague);
  maria = await BookingStaff.signIn(server, PEOPLE.admin);
  [card, advice] = (await anna.matters()) as [Matter, Matter];
  soon = await maria.call<Matter>("POST", "/matters", {
    name: { pl: "Krótka rozmowa" },
    description: { pl: "" },
    forms: ["video"],
    duration_minutes: 5,
    horizon_days: 60,
    officials: [anna.person],
  });
  // At any hour and on any day that the tests run (also a holiday), and with nobody before them.
  await anna.call("PUT", `/officials/${anna.person}/hours`, {
    hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({
      weekday,
      from: 0,
      to: 1440,
      forms: ["in_person", "phone", "video"],
    })),
  });
  await anna.call("POST", "/exceptions", {
    kind: "extra_hours",
    official: anna.person,
    from_date: day(0),
    to_date: day(1),
    from: 0,
    to: 1440,
  });
  const { date } = await anna.slot(soon.id, "video");
  const planned = await anna.call<{ id: string; state: string }[]>(
    "GET",
    `/appointments?from=${date}&to=${date}&official=${anna.person}`,
  );
  for (const { id, state } of planned) {
    if (state === "confirmed") await anna.call("POST", `/appointments/${id}/cancel`, {});
  }
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
});

/** The office's calendar day, so many days from now. */
function day(ahead: number): string {
  const at = new Date(Date.now() + ahead * 86_400_000);
  return at.toLocaleDateString("sv-SE", { timeZone: "Europe/Warsaw" });
}

/** Somebody's browser, signed in, on a page. */
async function open(
  who: BookingStaff,
  path: string,
  options: Parameters<typeof newPerson>[1] = {},
): Promise<Person> {
  const person = await newPerson(browser, options);
  await carrySession(person, who.api);
  if (options.locale) await chooseLanguage(person, options.locale);
  await person.page.goto(`${server.url}${path}`);
  await person.page.getByRole("heading", { level: 1 }).first().waitFor();
  return person;
}

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name });

test("an administrator describes a matter and an official's hours", async () => {
  const person = await open(maria, "/booking-setup/matters");
  const { page } = person;
  await page.getByRole("link", { name: "Dodaj sprawę" }).click();
  await heading(page, "Nowa sprawa").waitFor();

  // What is missing is said above the form, and each line leads to its field.
  await button(page, "Zapisz").click();
  const summary = page.getByRole("alert");
  await summary.getByRole("link", { name: "Wpisz tekst po polsku" }).click();
  const name = page.getByRole("group", { name: "Nazwa" }).getByLabel("Polski");
  expect(await name.evaluate((element) => element === document.activeElement)).toBe(true);
  await summary
    .getByRole("link", { name: "Wybierz wydział albo co najmniej jedną osobę" })
    .waitFor();

  await name.fill("Rejestracja pojazdu");
  await page.getByRole("group", { name: "Nazwa" }).getByLabel("English").fill("Car registration");
  await page.getByLabel("Czas wizyty (minuty)").fill("20");
  await page.getByLabel("Anna Nowak").check();
  await button(page, "Dodaj dokument").click();
  await page.getByRole("group", { name: "Dokument 1" }).getByLabel("Polski").fill("Karta pojazdu");
  await button(page, "Dodaj pytanie").click();
  await page.getByRole("group", { name: "Pytanie 1" }).getByLabel("Polski").fill("Który rodzaj?");
  await page.getByLabel("Rodzaj odpowiedzi").selectOption("choice");
  for (const [n, text] of ["Nowy", "Używany"].entries()) {
    const choice = page.getByRole("group", { name: `Pytanie 1, odpowiedź ${n + 1}` });
    await choice.getByLabel("Polski").fill(text);
  }
  await button(page, "Zapisz").click();
  await page.getByRole("link", { name: "Rejestracja pojazdu" }).waitFor();
  const made = (await maria.matters()).find((one) => one.details.name.en === "Car registration");
  expect(made?.details).toMatchObject({
    duration_minutes: 20,
    forms: ["in_person"],
    officials: [anna.person],
    documents: [{ pl: "Karta pojazdu" }],
    questions: [{ kind: "choice", choices: [{ pl: "Nowy" }, { pl: "Używany" }] }],
  });

  await page.getByRole("link", { name: "Godziny urzędników" }).click();
  await page.getByRole("link", { name: "Tomasz Wójcik" }).click();
  const saturday = page.getByRole("group", { name: "sobota" });
  await saturday.getByRole("button", { name: /Dodaj godziny/ }).click();
  await saturday.getByLabel("Telefonicznie").uncheck();
  await button(page, "Zapisz").click();
  await page.getByText("Zapisano godziny").waitFor();
  const tomasz = (await maria.officials()).find((one) => one.name === "Tomasz Wójcik");
  expect(tomasz?.hours.find((one) => one.weekday === 6)).toMatchObject({
    from: 480,
    to: 960,
    forms: ["in_person", "video"],
  });
  expect(unexpectedErrors([person])).toEqual([]);
  await person.context.close();
});

test("an official receives somebody, from arrival to the end, by keyboard only", async () => {
  const slot = await anna.slot(card.id, "in_person");
  const booked = await anna.book(card, slot, { name: "Zofia Pierwsza" });
  const screenUrl = await maria.call<{ url: string }>("POST", "/queue-screen");
  const screen = await newPerson(browser);
  await screen.page.goto(screenUrl.url);
  await heading(screen.page, "Oczekują").waitFor();
  expect(await screen.page.locator("body").innerText()).not.toContain(booked.code);

  const person = await open(anna, `/appointments?date=${slot.date}`);
  const { page } = person;
  await pressOn(page, "Potwierdź przybycie: Zofia Pierwsza");
  await page.getByText("Zofia Pierwsza: jest na miejscu").waitFor();
  const waiting = screen.page.getByRole("region", { name: "Oczekują" });
  await waiting.getByText(booked.code).waitFor();

  await pressOn(page, "Wezwij: Zofia Pierwsza");
  const called = screen.page.getByRole("region", { name: "Proszę podejść" });
  await called.getByText(booked.code).waitFor();
  // Codes, never names.
  expect(await screen.page.locator("body").innerText()).not.toContain("Zofia");

  await pressOn(page, "Rozpocznij: Zofia Pierwsza");
  await page.getByText("Zofia Pierwsza: wizyta rozpoczęta").waitFor();

  // Notes are saved on the way, and say so.
  await pressOn(page, "Zofia Pierwsza");
  await heading(page, "Notatki dla urzędników").waitFor();
  await tabTo(page, "Notatki dla urzędników");
  await page.keyboard.type("Brakuje zdjęcia, doniesie jutro.");
  await page.getByText("Są niezapisane zmiany").waitFor();
  await page.keyboard.press("Tab");
  await page.getByText(/Zapisano o \d\d:\d\d/).waitFor();

  await page.keyboard.press("Home");
  await pressOn(page, "Zakończ wizytę: Zofia Pierwsza", { key: "Shift+Tab" });
  await page.getByText("Zofia Pierwsza: wizyta zakończona").waitFor();
  await called.getByText(booked.code).waitFor({ state: "detached" });
  const done = await anna.appointment(booked.id);
  expect(done).toMatchObject({ state: "done", notes: "Brakuje zdjęcia, doniesie jutro." });
  expect(unexpectedErrors([person, screen])).toEqual([]);
  await person.context.close();
  await screen.context.close();
});

test("who waits in the video waiting room shows by itself, and one click opens the call", async () => {
  const slot = await anna.slot(soon.id, "video");
  const booked = await anna.book(soon, slot, {
    form: "video",
    name: "Adam Zdalny",
    email: "adam@example.pl",
  });
  const room = await waitFor("the appointment's room", 15_000, async () => {
    return (await anna.appointment(booked.id)).room;
  });
  const link = await anna.api.createLink(room);
  const person = await open(anna, `/appointments?date=${slot.date}`);
  const row = person.page.getByRole("link", { name: "Adam Zdalny", exact: true });
  await row.waitFor();
  const citizen = await newPerson(browser, { viewport: PHONE });
  await enterWaitingRoom(citizen.page, link, "Adam Zdalny");

  await person.page.getByText("1 osoba w poczekalni wideo").waitFor({ timeout: 15_000 });
  // A screen reader hears it too.
  await person.page.getByText("Adam Zdalny czeka w poczekalni wideo.").waitFor();
  const opened = person.context.waitForEvent("page");
  await person.page.getByRole("link", { name: /^Rozpocznij rozmowę wideo: Adam Zdalny/ }).click();
  const call = await opened;
  await call.waitForURL(`${server.url}/rooms/${room}/call`);
  await person.page.getByRole("button", { name: "Zakończ wizytę: Adam Zdalny" }).waitFor();
  expect((await anna.appointment(booked.id)).state).toBe("in_progress");
  await button(person.page, "Zakończ wizytę: Adam Zdalny").click();
  await person.page.getByText("Adam Zdalny: wizyta zakończona").waitFor();
  await person.context.close();
  await citizen.context.close();
});

test("a closure shows what it strands before it is made, and officials move it", async () => {
  const slot = await anna.slot(card.id, "in_person", 0, day(7));
  const booked = await anna.book(card, slot, { name: "Ewa Przełożona", email: "ewa@example.pl" });
  const admin = await open(maria, "/booking-setup/closures");
  await heading(admin.page, "Święta w").waitFor();
  await button(admin.page, "Dodaj zamknięcie").click();
  const dialog = admin.page.getByRole("dialog");
  const [year, month, date] = slot.date.split("-") as [string, string, string];
  for (const field of ["Pierwszy dzień", "Ostatni dzień"]) {
    await dialog.getByRole("spinbutton", { name: new RegExp(`dzień.*${field}`, "i") }).click();
    await admin.page.keyboard.type(`${date}${month}${year}`);
  }
  await button(admin.page, "Zapisz").click();
  const warning = admin.page.getByRole("alertdialog");
  await warning.getByText("Ewa Przełożona").waitFor();
  expect((await anna.appointment(booked.id)).stranded ?? null).toBeNull();
  await warning.getByRole("button", { name: "Zapisz mimo to" }).click();
  await warning.waitFor({ state: "detached" });
  expect((await anna.appointment(booked.id)).stranded).toBe("closure");

  const person = await open(anna, "/appointments");
  const { page } = person;
  await page.getByRole("link", { name: "Zobacz i przełóż" }).click();
  await heading(page, "Wizyty do przełożenia").waitFor();
  await button(page, "Przełóż: Ewa Przełożona").click();
  const move = page.getByRole("dialog");
  await move.getByLabel("U kogo").selectOption({ label: "Jan Kowalski" });
  await move.getByRole("radio").first().check();
  await move.getByLabel(/^Wiadomość/).fill("Przepraszamy, urząd będzie zamknięty.");
  await button(page, "Przełóż wizytę").click();
  await page.getByText(/Ewa Przełożona: nowy termin/).waitFor();
  const moved = await anna.appointment(booked.id);
  expect(moved.stranded ?? null).toBeNull();
  expect(moved.official).toBe(jan.person);
  expect(moved.start).not.toBe(booked.start);
  await page.getByRole("link", { name: "Ewa Przełożona" }).waitFor({ state: "detached" });
  expect(unexpectedErrors([person, admin])).toEqual([]);
  await person.context.close();
  await admin.context.close();
});

/** Where somebody's appointments at the office take place. */
async function deskOf(who: BookingStaff): Promise<string> {
  const official = (await who.officials()).find((one) => one.id === who.person);
  return official!.desk!;
}

test("a place is closed, and what is booked and what is free go to the one that stands in", async () => {
  const desk = await deskOf(anna);
  const resources = await maria.call<Resource[]>("GET", "/resources");
  const name = resources.find((one) => one.id === desk)!.name;
  await maria.call("POST", "/resources", { name: "Pokój 112" });
  const from = day(14);
  const slot = await anna.slot(card.id, "in_person", 0, from);
  const booked = await anna.book(card, slot, { name: "Olga Stanowcza", email: "olga@example.pl" });
  expect(booked.place).toBe(name);

  const admin = await open(maria, "/booking-setup/places");
  await admin.page.getByRole("link", { name, exact: true }).click();
  await heading(admin.page, name).waitFor();
  expect(await admin.page.getByLabel("Zawsze, gdy jest urzędnik").isChecked()).toBe(true);
  await button(admin.page, "Dodaj zamknięcie").click();
  const dialog = admin.page.getByRole("dialog");
  const [year, month, date] = slot.date.split("-") as [string, string, string];
  for (const field of ["Pierwszy dzień", "Ostatni dzień"]) {
    await dialog.getByRole("spinbutton", { name: new RegExp(`dzień.*${field}`, "i") }).click();
    await admin.page.keyboard.type(`${date}${month}${year}`);
  }
  await dialog.getByLabel(/^Stanowisko zastępcze/).selectOption({ label: "Pokój 112" });
  expect(await axe(admin.page)).toEqual([]);
  await button(admin.page, "Zapisz").last().click();
  const warning = admin.page.getByRole("alertdialog");
  await warning.getByText("Olga Stanowcza").waitFor();
  expect(await axe(admin.page)).toEqual([]);
  expect((await anna.appointment(booked.id)).stranded ?? null).toBeNull();
  await warning.getByRole("button", { name: "Zapisz mimo to" }).click();
  await admin.page.getByText("Zastępuje: Pokój 112").waitFor();
  expect((await anna.appointment(booked.id)).stranded).toBe("place");

  // The same time at the other place, in a few presses.
  const person = await open(anna, "/appointments/stranded");
  const { page } = person;
  await page.getByText("stanowisko nieczynne").first().waitFor();
  await button(page, "Przełóż: Olga Stanowcza").click();
  const move = page.getByRole("dialog");
  expect(await move.getByLabel(/^O tej samej porze/).isChecked()).toBe(true);
  expect(await axe(page)).toEqual([]);
  await move.getByLabel(/^Wiadomość/).fill("Malujemy stanowisko.");
  await button(page, "Przełóż wizytę").click();
  await page.getByText("Olga Stanowcza: teraz Pokój 112").waitFor();
  const moved = await anna.appointment(booked.id);
  expect(moved).toMatchObject({ place: "Pokój 112", start: booked.start, official: anna.person });
  expect(moved.stranded ?? null).toBeNull();

  // A citizen is offered what is left of the day, there: at this hour Anna alone is at work.
  const next = await anna.slot(card.id, "in_person", 0, slot.date);
  const publicUrl = `${server.url}/booking/v1/public`;
  const [office] = (await (await fetch(`${publicUrl}/offices`)).json()) as { id: string }[];
  const path = `${publicUrl}/offices/${office!.id}/matters/${card.id}/slots`;
  const query = `form=in_person&from=${slot.date}&days=1&limit=500`;
  const offered = (await (await fetch(`${path}?${query}`)).json()) as SlotPage;
  expect(offered.slots.map((one) => one.start)).toContain(next.start);
  const second = await anna.book(card, next, { name: "Piotr Następny" });
  expect(second.place).toBe("Pokój 112");

  // And a place has hours of its own, which can't be none at all.
  await admin.page.goBack();
  await admin.page.getByRole("link", { name: "Pokój 112", exact: true }).click();
  await admin.page.getByLabel("Tylko w tych godzinach").check();
  await button(admin.page, "Zapisz").click();
  await admin.page
    .getByRole("alert")
    .getByText(/^Dodaj godziny co najmniej/)
    .waitFor();
  const monday = admin.page.getByRole("group", { name: "poniedziałek" });
  await monday.getByRole("button", { name: /Dodaj godziny/ }).click();
  await button(admin.page, "Tak samo od wtorku do piątku").click();
  await button(admin.page, "Zapisz").click();
  await admin.page.getByText("Zapisano godziny").or(admin.page.getByRole("alertdialog")).waitFor();
  expect(unexpectedErrors([person, admin])).toEqual([]);
  for (const one of [person, admin]) await one.context.close();
});

test("a booking for a caller, handed over with context, then cancelled with a message", async () => {
  const person = await open(anna, "/appointments/new");
  const { page } = person;
  await page.getByLabel("Sprawa").selectOption({ label: "Konsultacja w sprawie budowlanej" });
  await page.getByLabel("telefonicznie").check();
  await page.getByLabel("U kogo").selectOption({ label: "Anna Nowak" });
  await page
    .getByRole("radio", { name: /^\d\d:\d\d$/ })
    .nth(5)
    .check();
  await button(page, "Umów wizytę").click();
  const summary = page.getByRole("alert");
  await summary.getByRole("link", { name: "Podaj imię i nazwisko" }).waitFor();
  await summary.getByRole("link", { name: /^Podaj telefon/ }).click();
  await page.keyboard.type("600 100 200");
  await page.getByLabel("Imię i nazwisko").fill("Marek Telefoniczny");
  await button(page, "Umów wizytę").click();
  await heading(page, "Marek Telefoniczny").waitFor();
  await page.getByRole("link", { name: "600 100 200" }).waitFor();
  const id = page.url().split("/").at(-1)!;

  await button(page, "Więcej czynności: Marek Telefoniczny").click();
  await page.getByRole("menuitem", { name: "Przekaż" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Kto przejmie wizytę").selectOption({ label: "Jan Kowalski" });
  await dialog.getByLabel(/^Notatka dla tej osoby/).fill("Ma już warunki zabudowy.");
  await button(page, "Przekaż wizytę").click();
  await page.getByText("Marek Telefoniczny: wizytę przejmuje Jan Kowalski").waitFor();
  expect(await anna.appointment(id)).toMatchObject({
    official: jan.person,
    notes: "Ma już warunki zabudowy.",
  });

  await button(page, "Więcej czynności: Marek Telefoniczny").click();
  await page.getByRole("menuitem", { name: "Odwołaj" }).click();
  await dialog.getByLabel(/^Wiadomość/).fill("Proszę zadzwonić po nowy termin.");
  await button(page, "Odwołaj wizytę").click();
  await page.getByText("Marek Telefoniczny: wizyta odwołana").waitFor();
  expect((await anna.appointment(id)).state).toBe("cancelled");
  expect(unexpectedErrors([person])).toEqual([]);
  await person.context.close();
});

test("a person's data can be taken away and erased, and other systems can be told", async () => {
  const slot = await anna.slot(card.id, "in_person");
  const booked = await anna.book(card, slot, { name: "Iga Odchodząca", email: "iga@example.pl" });
  const person = await open(maria, "/booking-setup/data");
  const { page } = person;
  await page.getByLabel("Adres e-mail osoby").fill("iga@example.pl");
  const saved = page.waitForEvent("download");
  await button(page, "Pobierz dane").click();
  const file = await (await saved).path();
  expect(await readFile(file, "utf8")).toContain("Iga Odchodząca");
  await button(page, "Usuń dane").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Usuń dane" }).click();
  await page.getByText("Usunięto dane z 1 wizyty").waitFor();
  expect(JSON.stringify(await anna.appointment(booked.id))).not.toContain("Iga");

  await button(page, "Dodaj adres").click();
  await page
    .getByRole("dialog")
    .getByLabel("Adres", { exact: true })
    .fill("https://system.example");
  await button(page, "Zapisz").click();
  const key = await page.getByLabel("Klucz do sprawdzania podpisu").inputValue();
  expect(key).toMatch(/^whsec_/);
  await page.keyboard.press("Escape");
  await button(page, "Usuń: https://system.example").waitFor();
  await person.context.close();
});

test("another system gets a key, which is shown once and can be revoked", async () => {
  const person = await open(maria, "/booking-setup/systems");
  const { page } = person;
  await page.getByText("Żaden system nie ma klucza").waitFor();
  await button(page, "Dodaj system").click();
  await button(page, "Utwórz klucz").click();
  await page.getByRole("link", { name: "Podaj nazwę" }).click();
  await page.keyboard.type("Portal miasta");
  await page.getByLabel("Odczytywać i zmieniać").check();
  await button(page, "Utwórz klucz").click();
  const secret = await page.getByLabel("Klucz", { exact: true }).inputValue();
  const token = () =>
    fetch(`${server.url}/api/v1/systems/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret, audience: "booking" }),
    });
  expect((await token()).status).toBe(201);
  // Not even a press beside the window may lose the key.
  await page.mouse.click(5, 5);
  await page.getByLabel("Klucz", { exact: true }).waitFor();
  await button(page, "Klucz jest zapisany, zamknij").click();
  const row = page.getByRole("row", { name: /Portal miasta/ });
  await row.getByText("odczyt i zmiany").waitFor();
  expect(await page.content()).not.toContain(secret);

  await button(page, "Unieważnij: Portal miasta").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Unieważnij" }).click();
  await page.getByText("Żaden system nie ma klucza").waitFor();
  expect((await token()).status).toBe(401);
  expect(unexpectedErrors([person])).toEqual([]);
  await person.context.close();
});

test("the office sees who waits, and takes somebody off the list with a word", async () => {
  const person = await open(anna, "/appointments/waiting");
  const { page } = person;
  await page.getByText("Nikt nie czeka").waitFor();
  await joinWaitingList(server, {
    matter: advice.id,
    forms: ["video", "phone"],
    from_date: day(1),
    to_date: day(20),
    name: "Adam Cierpliwy",
    email: "adam@example.pl",
  });
  await page.reload();
  const row = page.getByRole("row", { name: /Adam Cierpliwy/ });
  await row.getByText("wideo i telefonicznie").waitFor();
  await row.getByText("czeka", { exact: true }).waitFor();
  await button(page, "Usuń z listy: Adam Cierpliwy").click();
  await page.getByLabel("Wiadomość").fill("Proszę przyjść bez umawiania.");
  await page.getByRole("dialog").getByRole("button", { name: "Usuń z listy" }).click();
  await page.getByText("Usunięto z listy: Adam Cierpliwy").waitFor();
  await page.getByText("Nikt nie czeka").waitFor();
  expect(unexpectedErrors([person])).toEqual([]);
  await person.context.close();
});

test("figures show as a plot, as tables and as a file", async () => {
  const person = await open(maria, "/appointments/statistics");
  const { page } = person;
  const to = page.getByRole("group", { name: "Do", exact: true });
  // Appointments of the tests above lie ahead.
  await to.getByRole("spinbutton").last().click();
  await page.keyboard.press("ArrowUp");
  await heading(page, "Według sprawy").waitFor();
  await page.getByRole("rowheader", { name: "Dowód osobisty" }).waitFor();
  await page.getByText("Pokaż jako tabelę").click();
  await page.getByRole("table", { name: "Według dnia" }).waitFor();
  const saved = page.waitForEvent("download");
  await button(page, "Pobierz CSV").click();
  const download = await saved;
  expect(download.suggestedFilename()).toMatch(/^wizyty-.*\.csv$/);
  await person.context.close();
});

test("without a connection the day stays, says how old it is, and promises nothing", async () => {
  const slot = await anna.slot(card.id, "in_person");
  const booked = await anna.book(card, slot, { name: "Olga Bezsieciowa" });
  const person = await open(anna, `/appointments?date=${slot.date}`);
  const { page } = person;
  await page.getByText("Lista odświeża się sama").waitFor();
  await person.context.setOffline(true);
  await page.getByText(/Brak połączenia\. Stan z godziny \d\d:\d\d/).waitFor();
  expect(await axe(page)).toEqual([]);
  await button(page, "Potwierdź przybycie: Olga Bezsieciowa").click();
  await page.getByText(/^Nie ma połączenia z serwerem/).waitFor();
  await person.context.setOffline(false);
  await page.getByText("Lista odświeża się sama").waitFor();
  // What failed isn't done by surprise once the connection is back.
  await button(page, "Potwierdź przybycie: Olga Bezsieciowa").waitFor();
  expect((await anna.appointment(booked.id)).state).toBe("confirmed");
  await anna.call("POST", `/appointments/${booked.id}/cancel`, {});
  await person.context.close();
});

describe("axe finds nothing", () => {
  test.each(LOOKS)(
    "in $locale on a $size",
    { timeout: 300_000 },
    async ({ locale, viewport, size: name }) => {
      const slot = await anna.slot(advice.id, "phone");
      const one = await anna.book(advice, slot, {
        form: "phone",
        phone: "600 100 300",
        accessibility: "Pętla indukcyjna",
        people: 2,
      });
      const found: string[] = [];
      const check = async (page: Page, where: string) => {
        await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
        found.push(...(await axe(page)).map((violation) => `${name} ${where}: ${violation}`));
        found.push(...(await sideways(page)).map((place) => `${name} ${where}: ${place}`));
      };
      const visit = async (person: Person, path: string) => {
        await person.page.goto(`${server.url}${path}`);
        await person.page.getByRole("heading", { level: 1 }).first().waitFor();
        expect(await person.page.locator("html").getAttribute("lang")).toBe(locale.slice(0, 2));
        // Skeletons stand in for what isn't there yet.
        await person.page.waitForFunction(() => !document.querySelector("main [class*=skeleton]"));
        await check(person.page, path);
      };
      const submit = async (page: Page) => {
        await page.locator("form button[type=submit]").last().click();
        await page.getByRole("alert").first().waitFor();
      };

      const official = await open(anna, "/appointments", { viewport, locale });
      for (const path of [
        "/appointments",
        `/appointments?date=${slot.date}`,
        "/appointments?date=2030-01-01",
        `/appointments/week?date=${slot.date}`,
        "/appointments/stranded",
        "/appointments/waiting",
        "/appointments/hours",
        "/appointments/statistics",
        `/appointments/${one.id}`,
        "/appointments/01900000-0000-7000-8000-000000000000",
        "/booking-setup",
        "/appointments/new",
      ]) {
        await visit(official, path);
      }
      await submit(official.page);
      await check(official.page, "new appointment, refused");
      // The menu of the page's own actions is the last: the account's and the navigation's are above.
      const menu = () =>
        official.page.locator("main").locator("button[aria-haspopup=true]").first().click();
      for (const item of [-3, -2, -1]) {
        await official.page.goto(`${server.url}/appointments/${one.id}`);
        await menu();
        await official.page.getByRole("menuitem").nth(item).click();
        await official.page.getByRole("dialog").waitFor();
        await check(official.page, `dialog ${item}`);
      }
      await official.context.close();

      const admin = await open(maria, "/booking-setup", { viewport, locale });
      for (const path of [
        "/booking-setup",
        "/booking-setup/matters",
        `/booking-setup/matters/${card.id}`,
        "/booking-setup/officials",
        `/booking-setup/officials/${anna.person}`,
        "/booking-setup/places",
        `/booking-setup/places/${await deskOf(anna)}`,
        "/booking-setup/data",
        "/booking-setup/systems",
        "/booking-setup/closures",
      ]) {
        await visit(admin, path);
      }
      await admin.page.locator("main button").first().click();
      await admin.page.getByRole("dialog").waitFor();
      await submit(admin.page);
      await check(admin.page, "closure, refused");
      await visit(admin, "/booking-setup/matters/new");
      await submit(admin.page);
      await check(admin.page, "new matter, refused");
      await admin.context.close();

      const { url } = await maria.call<{ url: string }>("POST", "/queue-screen");
      const screen = await newPerson(browser, { viewport, locale });
      for (const [state, address] of Object.entries({
        "queue screen": url,
        "queue screen, replaced": `${server.url}/booking/queue#${"x".repeat(43)}`,
      })) {
        await screen.page.goto("about:blank");
        await screen.page.goto(address);
        await screen.page.locator("main h2, main [role=status]").first().waitFor();
        await check(screen.page, state);
      }
      await screen.context.close();
      expect(found).toEqual([]);
    },
  );
});
