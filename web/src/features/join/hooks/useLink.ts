import { useCallback, useEffect, useState } from "react";
import { ApiProblem } from "@/api/problem";
import type { LinkPreview } from "@/api/types";
import { lookUpLink } from "../api";

/** How long to wait before another try by ourselves while the server can't be reached. */
const RETRY_MS = 5_000;

export type LinkState =
  | { kind: "looking" }
  | { kind: "failed"; problem: ApiProblem }
  /** `skewMs` is how far the server's clock is ahead of this device's. */
  | { kind: "found"; preview: LinkPreview; skewMs: number };

/** What a guest's link leads to. Asks again by itself once the network is back. */
export function useLink(secret: string): { state: LinkState; again: () => void } {
  const [state, setState] = useState<LinkState>({ kind: "looking" });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);

  useEffect(() => {
    const stop = new AbortController();
    lookUpLink(secret, stop.signal).then(
      (preview) => {
        const skewMs = Date.parse(preview.server_time) - Date.now();
        setState({ kind: "found", preview, skewMs });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) setState({ kind: "failed", problem: ApiProblem.from(error) });
      },
    );
    return () => stop.abort();
  }, [secret, attempt]);

  const unreachable = state.kind === "failed" && state.problem.code === "unreachable";
  useEffect(() => {
    if (!unreachable) return;
    addEventListener("online", again);
    const timer = setInterval(again, RETRY_MS);
    return () => {
      removeEventListener("online", again);
      clearInterval(timer);
    };
  }, [unreachable, again]);

  return { state, again };
}
