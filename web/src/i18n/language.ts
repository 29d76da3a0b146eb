import { useSyncExternalStore } from "react";
import type { Language } from "@/api/types";
import { preload } from "./messages";

export const LANGUAGES: readonly Language[] = ["pl", "en", "uk"];
const STORAGE_KEY = "szpon.language";

let current: Language = "pl";
const listeners = new Set<() => void>();

function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

/** What the reader chose before, or the first language of the browser that we speak; else Polish. */
export function detectLanguage(): Language {
  const stored = readStored();
  if (stored) return stored;
  for (const tag of navigator.languages) {
    const base = tag.slice(0, 2).toLowerCase();
    if (isLanguage(base)) return base;
  }
  return "pl";
}

/** The reader's explicit choice; none while they haven't made one. */
export function readStored(): Language | null {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return isLanguage(stored) ? stored : null;
  } catch {
    // Storage may be blocked by the browser's settings.
    return null;
  }
}

export function currentLanguage(): Language {
  return current;
}

/**
 * Switches the interface, after the new texts have arrived, so that nothing flickers.
 * `remember` is for the reader's own choice; a language from an invitation isn't remembered.
 */
export async function setLanguage(language: Language, remember = true): Promise<void> {
  if (remember) {
    try {
      localStorage.setItem(STORAGE_KEY, language);
    } catch {
      // The choice then holds until the page is closed.
    }
  }
  await speak(language);
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

/** The texts of all code that is here, from now on in this language. Touches no document. */
export async function speak(language: Language): Promise<void> {
  await preload(language);
  current = language;
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
    () => current,
  );
}
