/** The chosen devices, remembered in this browser. */
import type { LocalMediaState, Processing } from "./types";

const KEY = "szpon.devices";

export interface Preferences {
  chosen: LocalMediaState["chosen"];
  processing: Processing;
}

export const DEFAULTS: Preferences = Object.freeze({
  chosen: Object.freeze({ microphone: null, camera: null, speaker: null }),
  processing: Object.freeze({
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  }),
});

/** What was stored, as far as it makes sense; storage may be forbidden, old or tampered with. */
export function loadPreferences(storage: () => Storage = () => localStorage): Preferences {
  try {
    const value: unknown = JSON.parse(storage().getItem(KEY) ?? "null");
    const chosen = part(value, "chosen");
    const processing = part(value, "processing");
    return {
      chosen: {
        microphone: id(chosen["microphone"]),
        camera: id(chosen["camera"]),
        speaker: id(chosen["speaker"]),
      },
      processing: {
        echoCancellation: processing["echoCancellation"] !== false,
        noiseSuppression: processing["noiseSuppression"] !== false,
        autoGainControl: processing["autoGainControl"] !== false,
      },
    };
  } catch {
    return DEFAULTS;
  }
}

export function savePreferences(
  preferences: Preferences,
  storage: () => Storage = () => localStorage,
): void {
  try {
    storage().setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}

function part(value: unknown, key: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null) return {};
  const inner = (value as Record<string, unknown>)[key];
  return typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
}

function id(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
