import type { Link } from "@/api/types";

export type LinkState = "active" | "later" | "expired" | "revoked";

/** Whether a guest link opens the door at `now`. */
export function linkState(link: Link, now: number): LinkState {
  if (link.revoked_at) return "revoked";
  if (now >= Date.parse(link.expires_at)) return "expired";
  return now < Date.parse(link.valid_from) ? "later" : "active";
}
