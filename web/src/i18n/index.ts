import type pl from "./common/pl.json";
import { defineMessages } from "./messages";

export { type Format, format, LOCALES, TIME_ZONE, useFormat } from "./format";
export {
  currentLanguage,
  detectLanguage,
  LANGUAGES,
  readStored,
  setLanguage,
  speak,
  useLanguage,
} from "./language";
export { defineMessages, type Key, type Messages } from "./messages";
export { type Translate, translate, useMessages, type Values } from "./translate";

/** Texts that every page may need. */
export const commonMessages = defineMessages<typeof pl>({
  pl: () => import("./common/pl.json"),
  en: () => import("./common/en.json"),
  uk: () => import("./common/uk.json"),
});
