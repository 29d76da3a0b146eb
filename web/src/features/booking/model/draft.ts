import { useSyncExternalStore } from "react";
import type { Choice } from "./address";

/** A slot that the server keeps for this tab. */
export interface Hold extends Choice {
  secret: string;
  office: string;
  matter: string;
  start: string;
  end: string;
  officialName: string;
  /** Milliseconds of the server's clock. */
  expiresAt: number;
  /** How far the server's clock is ahead of this device's. */
  skewMs: number;
  /** The waiting list offered it: no code is needed. */
  offered: boolean;
}

/** What was typed. */
export interface Details {
  name: string;
  email: string;
  phone: string;
  forSomebody: boolean;
  onBehalfOf: string;
  accessibility: string;
  /** By question, of the matter named `answersTo`. */
  answers: Readonly<Record<string, string>>;
  answersTo: string;
}

/** A booking under way. Lives as long as the tab, and not beyond the confirmation. */
export interface Draft {
  hold: Hold | null;
  details: Details;
}

export const NO_DETAILS: Details = {
  name: "",
  email: "",
  phone: "",
  forSomebody: false,
  onBehalfOf: "",
  accessibility: "",
  answers: {},
  answersTo: "",
};
const EMPTY: Draft = { hold: null, details: NO_DETAILS };
const KEY = "szpon.booking";

let current: Draft | null = null;
const listeners = new Set<() => void>();

export function readDraft(): Draft {
  return (current ??= stored());
}

function stored(): Draft {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (typeof found !== "object" || found === null) return EMPTY;
    const { hold, details } = found as Partial<Draft>;
    return {
      hold: isHold(hold) ? hold : null,
      details: { ...NO_DETAILS, ...(typeof details === "object" ? details : null) },
    };
  } catch {
    return EMPTY;
  }
}

function isHold(value: unknown): value is Hold {
  if (typeof value !== "object" || value === null) return false;
  const hold = value as Partial<Hold>;
  return typeof hold.secret === "string" && typeof hold.expiresAt === "number";
}

function write(next: Draft): void {
  current = next;
  try {
    if (next === EMPTY) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage a reload loses what was typed; the page itself still works.
  }
  for (const listener of listeners) listener();
}

export function setHold(hold: Hold | null): void {
  write({ ...readDraft(), hold });
}

export function setDetails(change: Partial<Details>): void {
  const draft = readDraft();
  write({ ...draft, details: { ...draft.details, ...change } });
}

/** After the confirmation: the next one at this computer finds nothing. */
export function forgetDraft(): void {
  write(EMPTY);
}

export function useDraft(): Draft {
  return useSyncExternalStore(subscribe, readDraft);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Milliseconds until the hold ends, by the server's clock; 0 when it has. */
export function leftMs(hold: Hold, now = Date.now()): number {
  return Math.max(0, hold.expiresAt - (now + hold.skewMs));
}

/** Only for tests: as after a reload of the page. */
export function rereadDraft(): void {
  current = null;
}
