import { useEffect, useRef } from "react";
import { useTools } from "../CallContext";
import { HOLD_MS, nextSpeaker, NOBODY } from "../model/active-speaker";

/** Keeps the active speaker in the window's state. Yourself don't count: you see the others. */
export function useActiveSpeaker(): void {
  const { call, ui } = useTools();
  const current = useRef(NOBODY);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = () => {
      const { speakers, participants, you } = call.store.getState();
      const present = (id: string) => id !== you && participants.has(id);
      const next = nextSpeaker(current.current, speakers, present, performance.now());
      if (next.id !== current.current.id) ui.setState({ activeSpeaker: next.id });
      current.current = next;
      // Somebody may wait for the hold to be over, with no further message coming.
      clearTimeout(timer);
      timer = setTimeout(follow, HOLD_MS);
    };
    const unsubscribe = call.store.subscribe((state, former) => {
      if (state.speakers !== former.speakers || state.participants !== former.participants)
        follow();
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [call, ui]);
}
