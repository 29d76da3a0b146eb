// Figures, not a test of their size: how long each page that a citizen opens takes on a slow telephone
// with a slow network, with nothing in the browser's cache.

import type { Browser } from "playwright-core";
import { test } from "vitest";

import { Api } from "./support/api";
import { ADVICE, confirmByMail, publicOffice, takeNext, toMatter } from "./support/booking";
import { launchChromium, newPerson, PHONE } from "./support/chromium";
import { type Load, type Network, loadOn } from "./support/load_time";
import { PEOPLE } from "./support/people";
import { Server } from "./support/server";
import { SmtpServer } from "./support/smtp";

const NETWORKS: readonly Network[] = [
  // The edge of a village: 2.5G, or 4G with one bar.
  { name: "400 kbit/s, 400 ms", kbps: 400, rttMs: 400 },
  // As Lighthouse calls slow 4G.
  { name: "1.6 Mbit/s, 150 ms", kbps: 1600, rttMs: 150 },
];
const ADDRESS = "jan.obywatelski@example.pl";

interface PageOf {
  name: string;
  path: string;
  /** Is there once one can go on. */
  usable: string;
  /** Of the tab, from before. */
  draft?: string;
}

/** Books once, to have an appointment to look at and a draft to go on with. */
async function prepare(server: Server, smtp: SmtpServer, browser: Browser): Promise<PageOf[]> {
  const office = (await publicOffice(server)).id;
  const { page, context } = await newPerson(browser);
  await toMatter(page, server, ADVICE);
  const form = new URL(page.url()).pathname;
  await takeNext(page);
  await page.getByLabel("Imię i nazwisko").fill("Jan Obywatelski");
  await page.getByLabel("Adres e-mail").fill(ADDRESS);
  const draft = await page.evaluate(() => sessionStorage.getItem("szpon.booking") ?? "");
  await confirmByMail(page, smtp, ADDRESS);
  const appointment = page.url().slice(server.url.length);
  await context.close();
  const api = await Api.signIn(server, PEOPLE.official);
  const room = (await api.createRoom({})).id;
  const link = await api.createLink(room);
  return [
    { name: "start", path: "/booking", usable: "main li a" },
    { name: "matters", path: `/booking/${office}`, usable: "main li a" },
    { name: "form", path: form, usable: "main form button[type=submit]" },
    { name: "times", path: `${form}/times?form=in_person`, usable: "main ul button" },
    { name: "details", path: `${form}/details`, usable: "main form input", draft },
    { name: "appointment", path: appointment, usable: "main dl" },
    { name: "kiosk", path: `/booking/kiosk/${office}`, usable: "main form input" },
    { name: "guest's link", path: link.slice(server.url.length), usable: "main input" },
    { name: "sign-in", path: "/sign-in", usable: "main form button[type=submit]" },
  ];
}

test("pages of citizens on a slow network", async () => {
  const smtp = new SmtpServer(2531);
  await smtp.start();
  const env = { SZPON_MAIL__SMTP_URL: smtp.url };
  const server = await Server.start({ port: 8170, loopback: true, env });
  const browser = await launchChromium({ secureOrigins: [server.url] });
  try {
    const pages = await prepare(server, smtp, browser);
    for (const network of NETWORKS) {
      console.log(`${network.name}, CPU four times slower; seconds, KiB as sent`);
      console.log(HEAD);
      for (const { name, path, usable, draft } of pages) {
        const { page, context } = await newPerson(browser, { viewport: PHONE });
        if (draft)
          await page.addInitScript((kept) => sessionStorage.setItem("szpon.booking", kept), draft);
        console.log(line(name, await loadOn(page, server.url + path, usable, network)));
        await context.close();
      }
    }
  } finally {
    await browser.close();
    await server.dispose();
    await smtp.dispose();
  }
}, 600_000);

const HEAD = line("page", {
  paint: "paint",
  largest: "largest",
  heading: "heading",
  usable: "usable",
  kib: { html: "html", script: "script", style: "style", font: "font", other: "other" },
  requests: "files",
});

function line(name: string, load: Load | Record<keyof Load, string | object>): string {
  const cell = (value: unknown) =>
    (typeof value === "number" ? value.toFixed(1) : String(value)).padStart(8);
  const { paint, largest, heading, usable, kib, requests } = load;
  return [
    name.padEnd(13),
    ...[paint, largest, heading, usable].map(cell),
    ...Object.values(kib).map(cell),
    String(requests).padStart(6),
  ].join("");
}
