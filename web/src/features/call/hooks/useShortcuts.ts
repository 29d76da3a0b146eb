import { useEffect } from "react";
import { canShareScreen } from "@/rtc";
import { togglePanel, useTools } from "../CallContext";
import type { LayoutChoice } from "../model/scene";
import { useSettings } from "../model/settings";
import { type Shortcut, shortcutOf } from "../model/shortcuts";
import { canFullScreen, toggleFullScreen } from "./useFullScreen";

const NEXT: Record<LayoutChoice, LayoutChoice> = { auto: "grid", grid: "speaker", speaker: "auto" };

/** Listens for the call's single keys. */
export function useShortcuts(): void {
  const { call, ui } = useTools();
  useEffect(() => {
    const actions: Record<Shortcut, () => void> = {
      microphone: () => void call.toggleMicrophone(),
      camera: () => void call.toggleCamera(),
      share: () => {
        if (call.local.store.getState().screen.wanted) call.stopShare();
        else if (canShareScreen()) void call.startShare();
      },
      hand: () => {
        const { you, participants } = call.store.getState();
        const me = you === null ? undefined : participants.get(you);
        if (me) call.raiseHand(!me.hand_raised_at);
      },
      chat: () => togglePanel(ui, "chat"),
      people: () => togglePanel(ui, "people"),
      layout: () => ui.setState(({ choice }) => ({ choice: NEXT[choice] })),
      fullscreen: () => {
        if (canFullScreen) void toggleFullScreen();
      },
      help: () => ui.setState({ open: { kind: "shortcuts" } }),
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || !useSettings.getState().shortcuts) return;
      const shortcut = shortcutOf(event);
      if (!shortcut) return;
      event.preventDefault();
      actions[shortcut]();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [call, ui]);
}
