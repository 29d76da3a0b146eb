/** Where a call stands, in one word. Pure. */
import type { CallState, Phase } from "./call-types";

export function phaseOf(
  begun: boolean,
  state: Pick<CallState, "ended" | "stage" | "signalling" | "media">,
): Phase {
  if (state.ended) return "ended";
  if (!begun) return "idle";
  if (state.stage === "outside") return "connecting";
  if (state.signalling !== "up" || state.media === "recovering") return "reconnecting";
  return state.stage === "waiting" ? "waiting" : "in_call";
}
