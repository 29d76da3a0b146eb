import { defineMessages } from "@/i18n";
import type pl from "./queue/i18n/pl.json";

/** Of the screen in the hall, which shows little and should load little. */
export const queueMessages = defineMessages<typeof pl>({
  pl: () => import("./queue/i18n/pl.json"),
  en: () => import("./queue/i18n/en.json"),
  uk: () => import("./queue/i18n/uk.json"),
});
