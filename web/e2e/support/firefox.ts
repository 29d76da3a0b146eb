// Firefox with fake devices, driven over WebDriver BiDi.

import puppeteer, { type Browser } from "puppeteer-core";

export async function launchFirefox(secureHost: string): Promise<Browser> {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: {
      "media.navigator.streams.fake": true,
      "media.navigator.permission.disabled": true,
      "media.autoplay.default": 0,
      // The sandbox network has no certificates: its one address counts as a secure context.
      "dom.securecontext.allowlist": secureHost,
      "media.devices.insecure.enabled": true,
      "media.getusermedia.insecure.enabled": true,
      "intl.accept_languages": "pl",
    },
  });
}
