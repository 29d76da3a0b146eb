import { useCallback, useEffect, useState } from "react";
import { ApiProblem } from "@/api/problem";

export type Loaded<T> =
  { kind: "loading" } | { kind: "failed"; problem: ApiProblem } | { kind: "ready"; value: T };

interface Options {
  /** Show what was loaded under this key before while it is asked for again. */
  keep?: boolean;
}

/** Offices and their matters, so that going from step to step shows no spinner each time. */
const kept = new Map<string, unknown>();

/**
 * Loads what `key` names; a new key loads anew, and so does `again`. Once the network is back it
 * asks by itself.
 */
export function useLoad<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { keep = false }: Options = {},
): { state: Loaded<T>; again: () => void; put: (value: T) => void } {
  const [attempt, setAttempt] = useState(0);
  const [held, setHeld] = useState<{ key: string; state: Loaded<T> } | null>(null);
  const again = useCallback(() => setAttempt((count) => count + 1), []);

  useEffect(() => {
    const stop = new AbortController();
    load(stop.signal).then(
      (value) => {
        if (stop.signal.aborted) return;
        if (keep) kept.set(key, value);
        setHeld({ key, state: { kind: "ready", value } });
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const problem = ApiProblem.from(error);
        setHeld((before) =>
          // What was here a moment ago is better than a page that says it can't be reached.
          problem.code === "unreachable" && before?.key === key && before.state.kind === "ready"
            ? before
            : { key, state: { kind: "failed", problem } },
        );
      },
    );
    return () => stop.abort();
    // `key` says everything that `load` depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, attempt]);

  const state: Loaded<T> =
    held?.key === key
      ? held.state
      : keep && kept.has(key)
        ? { kind: "ready", value: kept.get(key) as T }
        : { kind: "loading" };

  const unreachable = state.kind === "failed" && state.problem.code === "unreachable";
  useEffect(() => {
    if (!unreachable) return;
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [unreachable, again]);

  const put = useCallback((value: T) => setHeld({ key, state: { kind: "ready", value } }), [key]);
  return { state, again, put };
}
