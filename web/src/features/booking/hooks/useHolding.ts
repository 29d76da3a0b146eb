import { useEffect, useRef, useState } from "react";
import { hold, releaseHold, type SlotWish } from "../api";
import { type Hold, readDraft, setHold } from "../model/draft";
import type { Slot } from "../model/types";

/**
 * Has a slot kept for this tab; the one that it had before is given back then. Resolves to none when
 * the page was left meanwhile. @throws {ApiProblem}
 */
export function useHolding(): {
  /** Start of the slot that is being asked for. */
  pending: string | null;
  take: (wish: SlotWish, slot: Pick<Slot, "start">) => Promise<Hold | null>;
} {
  const [pending, setPending] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function take(wish: SlotWish, slot: Pick<Slot, "start">): Promise<Hold | null> {
    if (running.current) return null;
    const stop = new AbortController();
    running.current = stop;
    setPending(slot.start);
    try {
      const held = await hold(wish, slot, stop.signal);
      if (stop.signal.aborted) {
        void releaseHold(held.secret).catch(() => undefined);
        return null;
      }
      const before = readDraft().hold;
      setHold(held);
      // It ends by itself soon; giving it back only lets others have it earlier.
      if (before) void releaseHold(before.secret).catch(() => undefined);
      return held;
    } catch (error) {
      if (stop.signal.aborted) return null;
      throw error;
    } finally {
      running.current = null;
      if (!stop.signal.aborted) setPending(null);
    }
  }

  return { pending, take };
}
