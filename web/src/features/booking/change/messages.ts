import { defineMessages } from "@/i18n";
import type pl from "./i18n/pl.json";

export const changeMessages = defineMessages<typeof pl>({
  pl: () => import("./i18n/pl.json"),
  en: () => import("./i18n/en.json"),
  uk: () => import("./i18n/uk.json"),
});
