// Chromium with fake devices. Each person gets a browser of their own where the network of one
// must differ, and otherwise a context of their own in one browser.

import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";

export interface ChromiumOptions {
  /** Origins that count as secure although they are plain HTTP. */
  secureOrigins: string[];
  /** Network namespace to run in; this process's own unless told. */
  namespace?: string;
  args?: string[];
}

export async function launchChromium(options: ChromiumOptions): Promise<Browser> {
  return chromium.launch({
    executablePath: options.namespace ? inNamespace(options.namespace) : "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      "--autoplay-policy=no-user-gesture-required",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--unsafely-treat-insecure-origin-as-secure=${options.secureOrigins.join(",")}`,
      ...(options.args ?? []),
    ],
  });
}

/** A wrapper that starts Chromium in another namespace; Playwright talks to it over a pipe. */
function inNamespace(namespace: string): string {
  const wrapper = path.join(mkdtempSync(path.join(tmpdir(), "szpon-ns-")), "chromium");
  writeFileSync(wrapper, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(wrapper, 0o755);
  return wrapper;
}

export interface Person {
  context: BrowserContext;
  page: Page;
  /** Errors that the page threw or logged; a test asserts that there are none. */
  errors: string[];
}

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

/** A fresh profile with one page; Polish unless told. */
export async function newPerson(
  browser: Browser,
  options: { viewport?: typeof DESKTOP; locale?: string } = {},
): Promise<Person> {
  const context = await browser.newContext({
    viewport: options.viewport ?? DESKTOP,
    locale: options.locale ?? "pl-PL",
    timezoneId: "Europe/Warsaw",
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error")
      errors.push(`console: ${message.text()} ${message.location().url}`);
  });
  return { context, page, errors };
}
