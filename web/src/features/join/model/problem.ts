import type { ProblemCode } from "@/api/problem";
import type { LinkPreview } from "@/api/types";

/** Every state in which a meeting can't be entered, each with its own words. */
export type EntryProblem =
  | "link_invalid"
  | "link_expired"
  | "link_too_early"
  | "room_ended"
  | "cancelled"
  | "room_locked"
  | "room_full"
  | "node_full"
  | "rate_limited"
  | "unreachable"
  | "removed"
  | "no_link"
  | "unsupported"
  | "insecure"
  | "other";

export function entryProblem(code: ProblemCode): EntryProblem {
  switch (code) {
    case "link_invalid":
    case "not_found":
    case "unauthenticated":
    case "forbidden":
    case "invalid":
      return "link_invalid";
    case "link_expired":
    case "token_expired":
      return "link_expired";
    case "link_too_early":
    case "room_ended":
    case "room_locked":
    case "room_full":
    case "node_full":
    case "rate_limited":
    case "unreachable":
    case "removed":
      return code;
    case "draining":
      return "unreachable";
    default:
      return "other";
  }
}

/** A link may be right and its meeting gone. */
export function previewProblem(preview: Pick<LinkPreview, "status">): EntryProblem | null {
  if (preview.status === "cancelled") return "cancelled";
  if (preview.status === "ended") return "room_ended";
  return null;
}

/** Whether asking again by hand can change anything. */
export function canRetry(problem: EntryProblem): boolean {
  return [
    "link_too_early",
    "room_locked",
    "room_full",
    "node_full",
    "rate_limited",
    "unreachable",
    "other",
  ].includes(problem);
}
