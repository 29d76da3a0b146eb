/** What a person prefers in calls, kept in this browser. */
import { create } from "zustand";

export interface CallSettings {
  announce: {
    people: boolean;
    speakers: boolean;
    chat: boolean;
    hands: boolean;
    waiting: boolean;
  };
  sounds: boolean;
  shortcuts: boolean;
  mirror: boolean;
  showSelf: boolean;
}

const KEY = "szpon.call";

export const DEFAULTS: CallSettings = {
  announce: { people: true, speakers: true, chat: true, hands: true, waiting: true },
  sounds: true,
  shortcuts: true,
  mirror: true,
  showSelf: true,
};

/** Takes over what is stored and understood; everything else is as at first. */
export function readSettings(text: string | null): CallSettings {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "null");
  } catch {
    stored = null;
  }
  return merge(DEFAULTS, stored);
}

function merge<T extends object>(defaults: T, stored: unknown): T {
  if (typeof stored !== "object" || stored === null) return defaults;
  const known = stored as Partial<Record<keyof T, unknown>>;
  const merged = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = known[key];
    const usual = defaults[key];
    if (typeof usual === "object" && usual !== null) merged[key] = merge(usual, value);
    else if (typeof value === typeof usual) merged[key] = value as T[keyof T];
  }
  return merged;
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const useSettings = create<CallSettings>()(() => readSettings(stored()));

useSettings.subscribe((settings) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Then they hold for this visit only.
  }
});

export function setAnnounce(change: Partial<CallSettings["announce"]>): void {
  useSettings.setState((settings) => ({ announce: { ...settings.announce, ...change } }));
}
