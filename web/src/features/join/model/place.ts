/** What this tab remembers of a visit, so that a reload of the page takes the same place again. */
export interface KeptPlace {
  /** Participant token. */
  token: string;
  name: string;
  microphone: boolean;
  camera: boolean;
}

const KEY = "szpon.place";

/** `subject` is what the place belongs to: the secret of a link, or a room's id. */
export function keepPlace(subject: string, place: KeptPlace): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ subject, ...place }));
  } catch {
    // Without storage a reload asks for the name again; nothing else is lost.
  }
}

export function forgetPlace(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was stored then.
  }
}

export function keptPlace(subject: string): KeptPlace | null {
  let stored: unknown;
  try {
    stored = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
  if (typeof stored !== "object" || stored === null) return null;
  const { subject: of, token, name, microphone, camera } = stored as Record<string, unknown>;
  if (of !== subject || typeof token !== "string" || typeof name !== "string") return null;
  return { token, name, microphone: microphone === true, camera: camera === true };
}
