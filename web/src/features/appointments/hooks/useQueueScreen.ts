import { useEffect, useState } from "react";
import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { QueueScreen } from "@/api/types";

/** How often the screen asks. */
const POLL_MS = 3_000;

export interface Screen {
  /** What was heard last; none before the first answer. */
  shown: QueueScreen | null;
  problem: ApiProblem | null;
}

/** What the queue screen of this secret shows, over and over, as long as the page is open. */
export function useQueueScreen(secret: string): Screen {
  const [screen, setScreen] = useState<Screen>({ shown: null, problem: null });
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function ask() {
      try {
        const shown = await call(
          api.POST("/booking/v1/public/queue", { body: { secret }, signal: stop.signal }),
        );
        if (!stop.signal.aborted) setScreen({ shown, problem: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = ApiProblem.from(error);
        // The address was replaced: codes may not stay on this screen.
        const gone = problem.code === "link_invalid";
        setScreen((before) => ({ shown: gone ? null : before.shown, problem }));
      }
      timer = setTimeout(() => void ask(), POLL_MS);
    }
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [secret]);
  return screen;
}
