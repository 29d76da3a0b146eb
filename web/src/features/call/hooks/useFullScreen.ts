import { useSyncExternalStore } from "react";

function subscribe(listener: () => void) {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}

export function useFullScreen(): boolean {
  return useSyncExternalStore(subscribe, () => document.fullscreenElement !== null);
}

/** iPhones have it for single videos only. */
export const canFullScreen = typeof document !== "undefined" && document.fullscreenEnabled;

/** The whole page, not the call alone: menus and dialogs stand beside it in the document. */
export async function toggleFullScreen(): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // Refused by the browser or the person; there is nothing to add to that.
  }
}
