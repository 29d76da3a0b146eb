/** The browser's many errors as the few things a person can do something about. */
import type { DeviceProblem } from "./types";

/** Why `getUserMedia` or `getDisplayMedia` failed (W3C mediacapture-main, 10.2; screen-share, 5.1). */
export function problemOf(error: unknown): DeviceProblem {
  if (!(error instanceof Error || error instanceof DOMException)) return "failed";
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
    case "PermissionDeniedError":
      return /dismiss/i.test(error.message) ? "dismissed" : "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
      return "none";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "in_use";
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError":
      return "overconstrained";
    // Asked for in a way this browser doesn't know.
    case "TypeError":
    case "NotSupportedError":
      return "unsupported";
    default:
      return "failed";
  }
}

/** What stands in the way before anything is asked. */
export function captureUnavailable(): DeviceProblem | null {
  if (!window.isSecureContext) return "insecure";
  return typeof navigator.mediaDevices?.getUserMedia === "function" ? null : "unsupported";
}
