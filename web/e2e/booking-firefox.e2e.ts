// The citizen's whole path in Firefox: book, mail, link, and the call with an official in Chromium.

import type { Browser as Firefox, Page as FirefoxPage } from "puppeteer-core";
import { expect, test } from "vitest";

import { Api } from "./support/api";
import { codeFor, Desk, linkIn, mailTo, SOON } from "./support/booking";
import { expectSound, expectVideos } from "./support/call";
import { launchChromium, newPerson, PHONE } from "./support/chromium";
import { launchFirefox } from "./support/firefox";
import { button, carrySession, devicesOn, inCall, openPanel, PEOPLE } from "./support/people";
import { HOST, Server } from "./support/server";
import { SmtpServer } from "./support/smtp";

const NAME = "Jan Obywatelski";
const ADDRESS = "jan.lisek@example.pl";

const aria = (page: FirefoxPage, role: string, name: string) =>
  page.locator(`::-p-aria([name="${name}"][role="${role}"])`).setTimeout(20_000);
const press = (page: FirefoxPage, name: string) => aria(page, "button", name).click();
const sees = async (page: FirefoxPage, heading: string) => {
  try {
    await page.waitForFunction(
      (wanted) =>
        document.querySelector("h1")?.textContent === wanted ||
        [...document.querySelectorAll("h2")].some((one) => one.textContent === wanted),
      { timeout: 20_000 },
      heading,
    );
  } catch (error) {
    const shown = await page.evaluate(() => document.querySelector("main")?.textContent ?? "");
    throw new Error(`no heading ${heading} in: ${shown}`, { cause: error });
  }
};

test("a citizen books with Firefox, and meets the official by the link of the mail", async () => {
  const smtp = new SmtpServer(2532);
  await smtp.start();
  const server = await Server.start({ port: 8115, env: { SZPON_MAIL__SMTP_URL: smtp.url } });
  const chromium = await launchChromium({ secureOrigins: [server.url] });
  let firefox: Firefox | undefined;
  try {
    firefox = await launchFirefox(HOST);
    const official = await Api.signIn(server, PEOPLE.official);
    const desk = await Desk.of(server, await Api.signIn(server, PEOPLE.admin));
    await desk.openNow("Anna Nowak");
    const clerk = await newPerson(chromium);
    await carrySession(clerk, official);

    const page = await firefox.newPage();
    await page.setViewport(PHONE);
    await page.goto(`${server.url}/booking`);
    await page.locator("#office-search").fill("00-951");
    await press(page, "Szukaj urzędu");
    await sees(page, "Znaleziono 1 urząd");
    await page.locator("main li a").click();
    await sees(page, "Z czym przychodzisz?");
    await aria(page, "link", SOON).click();
    await sees(page, "Jak chcesz się spotkać?");
    await page.locator("input[value=video]").click();
    await press(page, "Pokaż wolne terminy");
    await press(page, "Wybierz ten termin");
    await sees(page, "Twoje dane");
    await page.locator("input[autocomplete=name]").fill(NAME);
    await page.locator("input[type=email]").fill(ADDRESS);
    await press(page, "Wyślij kod na e-mail");
    await sees(page, "Wpisz kod z wiadomości");
    await page.locator('input[autocomplete="one-time-code"]').fill(await codeFor(smtp, ADDRESS));
    await press(page, "Umów wizytę");
    await sees(page, "Wizyta umówiona");

    // Another day, another tab: all there is of it is the mail.
    await page.goto("about:blank");
    await page.goto(linkIn(await mailTo(smtp, ADDRESS, 2), "/booking/appointment#"));
    await sees(page, "Twoja wizyta");
    await aria(page, "link", "Wejdź do rozmowy").click();
    await press(page, "Włącz kamerę i mikrofon");
    await page.locator('input[autocomplete="name"]').fill(NAME);
    await press(page, "Wejdź do poczekalni");
    await sees(page, "Poczekalnia");

    await clerk.page.goto(`${server.url}/appointments`);
    const opened = clerk.context.waitForEvent("page");
    await clerk.page.getByRole("link", { name: `Rozpocznij rozmowę wideo: ${NAME}` }).click();
    const room = await opened;
    await devicesOn(room);
    await button(room, "Wejdź na spotkanie").click();
    await inCall(room);
    await openPanel(room, "Ludzie");
    await button(room, `Wpuść: ${NAME}`).click();
    await expectVideos(room, 1, { ms: 40_000 });
    await expectSound(room);
    await page.waitForSelector("video", { timeout: 40_000 });
    expect(server.output).not.toContain("panicked");
  } finally {
    await firefox?.close();
    await chromium.close();
    await server.dispose();
    await smtp.dispose();
  }
});
