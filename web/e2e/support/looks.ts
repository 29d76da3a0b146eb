// As what pages are looked at: each language where words have little room, and one where there is much.

import { DESKTOP, PHONE } from "./chromium";

export interface Look {
  /** Of the browser. */
  locale: "pl-PL" | "en-GB" | "uk-UA";
  size: "phone" | "desktop";
  viewport: typeof PHONE;
}

export const LOOKS: readonly Look[] = [
  { locale: "pl-PL", size: "phone", viewport: PHONE },
  { locale: "pl-PL", size: "desktop", viewport: DESKTOP },
  { locale: "en-GB", size: "phone", viewport: PHONE },
  { locale: "uk-UA", size: "phone", viewport: PHONE },
];
