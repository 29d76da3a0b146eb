import { useLanguage } from "@/i18n";
import type { Localized } from "../model/types";

/** The office's words. Where Polish stands in, a screen reader is told so. */
export function Text({ of }: { of: Localized }) {
  const language = useLanguage();
  return of[language] || <span lang="pl">{of.pl}</span>;
}
