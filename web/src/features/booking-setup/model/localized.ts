/** Texts in the three languages, as forms hold them. */
import type { Localized } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";

export type Text = Required<Localized>;

export const NO_TEXT: Text = { pl: "", en: "", uk: "" };

export function textOf(localized: Localized | undefined): Text {
  return { ...NO_TEXT, ...localized };
}

export function trimmed({ pl, en, uk }: Text): Text {
  return { pl: pl.trim(), en: en.trim(), uk: uk.trim() };
}

/** Polish must be there if `required`; none may be too long (in characters). */
export function textFaults(field: string, text: Text, required: boolean, longest: number): Fault[] {
  const faults: Fault[] = [];
  if (required && text.pl.trim() === "") faults.push({ field: `${field}.pl`, reason: "missing" });
  for (const language of ["pl", "en", "uk"] as const) {
    if ([...text[language].trim()].length > longest) {
      faults.push({ field: `${field}.${language}`, reason: "too_long" });
    }
  }
  return faults;
}
