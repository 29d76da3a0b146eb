// The booking service as its tests need it: an office that offers a slot within minutes, the mails to
// citizens, and the steps of booking found by role and name.

import type { Page } from "playwright-core";
import PostalMime, { type Email } from "postal-mime";

import type { components } from "../../src/api/generated/schema";
import type { Api } from "./api";
import { button } from "./people";
import type { Server } from "./server";
import type { SmtpServer } from "./smtp";

type Schemas = components["schemas"];

/** The matters of the demo office (booking/server/src/demo.rs). */
export const CARD = "Dowód osobisty";
export const ADVICE = "Konsultacja w sprawie budowlanej";
export const COURSE = "Szkolenie: załatwianie spraw przez internet";
/** Made by {@link Desk.openNow}. */
export const SOON = "Rozmowa od ręki";

/** The API of the booking service for somebody who is signed in. */
export class Desk {
  private constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  static async of(server: Server, api: Api): Promise<Desk> {
    const { token } = await api.call<Schemas["IssuedToken"]>("POST", "/api/v1/tokens", {
      audience: "booking",
    });
    return new Desk(server.url, token);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.base}/booking/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /**
   * From now on the named official takes a matter of five minutes at every hour of today and
   * tomorrow, on any day of the week, without notice.
   */
  async openNow(name: string): Promise<{ matter: string; official: string }> {
    const officials = await this.call<Schemas["Official"][]>("GET", "/officials");
    const official = officials.find((one) => one.name === name);
    if (!official) throw new Error(`no official is called ${name}`);
    const date = (ms: number) =>
      new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Warsaw" }).format(ms);
    await this.call("POST", "/exceptions", {
      kind: "extra_hours",
      official: official.id,
      from_date: date(Date.now()),
      to_date: date(Date.now() + 24 * 3_600_000),
      from: 0,
      to: 1440,
    });
    const matter = await this.call<Schemas["Matter"]>("POST", "/matters", {
      name: { pl: SOON, en: "A call at once", uk: "Розмова одразу" },
      description: { pl: "Krótka rozmowa.", en: "A short talk.", uk: "Коротка розмова." },
      forms: ["video", "in_person"],
      duration_minutes: 5,
      horizon_days: 2,
      officials: [official.id],
      position: 9,
    });
    return { matter: matter.id, official: official.id };
  }

  /** An appointment at the next free slot, as an official books it for a caller. */
  async bookForCaller(
    matter: string,
    form: Schemas["Form"],
    name: string,
  ): Promise<Schemas["Appointment"]> {
    const { slots } = await this.call<Schemas["SlotPage"]>(
      "GET",
      `/matters/${matter}/slots?form=${form}&limit=1`,
    );
    const start = slots[0]?.start;
    if (!start) throw new Error("nothing is free");
    return this.call("POST", "/appointments", { matter, form, start, name, language: "pl" });
  }
}

/** The office that citizens find. */
export async function publicOffice(server: Server): Promise<Schemas["PublicOffice"]> {
  const response = await fetch(`${server.url}/booking/v1/public/offices`);
  const [office] = (await response.json()) as Schemas["PublicOffice"][];
  if (!office) throw new Error("no office is public");
  return office;
}

export async function mailTo(smtp: SmtpServer, address: string, count = 1): Promise<Email> {
  return PostalMime.parse(await smtp.waitForMessage(address, count));
}

/** The code that proves an address, from the newest of `count` mails. */
export async function codeFor(smtp: SmtpServer, address: string, count = 1): Promise<string> {
  const mail = await mailTo(smtp, address, count);
  const code = /\b\d{6}\b/.exec(mail.text ?? "")?.[0];
  if (!code) throw new Error(`no code in: ${mail.text}`);
  return code;
}

/** The first link of a mail that has `part` in it. */
export function linkIn(mail: Email, part: string): string {
  const link = new RegExp(`https?://\\S*${part}\\S*`).exec(mail.text ?? "")?.[0];
  if (!link) throw new Error(`no link with ${part} in: ${mail.text}`);
  return link;
}

/** By mouse from the entry page to the form of a matter. */
export async function toMatter(page: Page, server: Server, matter: string): Promise<void> {
  await page.goto(`${server.url}/booking`);
  await page.getByLabel("Gdzie chcesz załatwić sprawę?").fill("00-951");
  await button(page, "Szukaj urzędu").click();
  await page.getByRole("heading", { name: "Znaleziono 1 urząd" }).waitFor();
  await page.getByRole("link", { name: /^Urząd Miasta Przykładowo/ }).click();
  await page.getByRole("link", { name: matter }).click();
  await page.getByRole("heading", { name: "Jak chcesz się spotkać?" }).waitFor();
}

/** From the form of a matter to the details: the next free slot is ours then. */
export async function takeNext(page: Page): Promise<void> {
  await button(page, "Pokaż wolne terminy").click();
  await button(page, "Wybierz ten termin").click();
  await page.getByRole("heading", { name: "Twoje dane" }).waitFor();
}

/** From the details, already filled in, to the appointment's own page. */
export async function confirmByMail(
  page: Page,
  smtp: SmtpServer,
  address: string,
  count = 1,
): Promise<void> {
  await button(page, "Wyślij kod na e-mail").click();
  await page.getByRole("heading", { name: "Wpisz kod z wiadomości" }).waitFor();
  await page.getByLabel("Kod", { exact: true }).fill(await codeFor(smtp, address, count));
  await button(page, "Umów wizytę").click();
  await page.getByRole("heading", { name: "Wizyta umówiona" }).waitFor();
}

/** What of a text the browser still keeps in its storage for this tab. */
export const remembers = (page: Page, text: string): Promise<boolean> =>
  page.evaluate(
    (wanted) => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]).includes(wanted),
    text,
  );
