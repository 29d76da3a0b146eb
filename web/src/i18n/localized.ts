import type { Language, Localized } from "@/api/types";

/** A text of the office in the reader's language; Polish stands in where another one is empty. */
export function pick(text: Localized, language: Language): string {
  return text[language] || text.pl;
}
